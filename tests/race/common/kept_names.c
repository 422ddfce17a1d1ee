/* Names that meet: what one session makes another one renames over. */
#include "tests/race/common/kept_names.h"

#include <stddef.h>

#include "tests/race/common/requests.h"

static const char *const outside[] = { "keep/f0", "keep/f1", "keep/f2",
	"keep/f3", "keep/link", "keep/d0", "keep/d0/f", "keep/d0/x",
	"keep/d0/sub", "keep/d0/sub/h", "keep/n0", "keep/n1", "keep/n2",
	"keep/n3", "keep/m0", "keep/m0/n0", "keep/d0/n0" };

static const char *const flipped[] = { "flip/a0", "flip/a1", "flip/e0",
	"flip/e0/f", "flip/e0/g", "flip/e0/k", "flip/e1/f", "flip/e1/k",
	"flip/in", "flip/in/x", "flip/in/y", "flip/in/pre0", "flip/in-free/x",
	"flip/in-free/y", "flip/mine0", "flip/kept0", "flip/mine1",
	"flip/kept1", "flip/mine2", "flip/kept2", "flip/mine0", "flip/mine1",
	"flip/mine2", "flip/top", "flip/top/x", "flip/top/pre1",
	"flip/top/d/f" };

static const char *const freed[] = { "locks", "locks/x", "locks/y", "locks/d",
	"locks/d/f", "locks/d/x", "locks/outx", "locks/outd", "locks/outd/f",
	"locks/alias", "locks/pre1", "locks/n0", "locks/n1", "locks/n2",
	"locks/n3", "locks/n4", "locks/n5", "locks/n6", "locks/n7", "locks/n8",
	"locks/n9", "locks/d/n0", "locks/m0", "locks/m0/n0" };

static const char *const own[] = { "flip/mine0", "flip/mine1", "flip/mine2",
	"flip/kept0", "flip/kept1", "flip/kept2" };

static const char *const targets[] = { "../keep/f0", "f1", "/keep/d0",
	"../locks", "x" };

#define NAMES(array)                                      \
	{                                                 \
		array, sizeof(array) / sizeof((array)[0]) \
	}

static const struct names {
	const char *const *at;
	size_t count;
} names[] = {
	[KEPT_OUTSIDE] = NAMES(outside),
	[KEPT_FLIPPED] = NAMES(flipped),
	[KEPT_FREE] = NAMES(freed),
	[KEPT_OWN] = NAMES(own),
	[KEPT_TARGETS] = NAMES(targets),
};

const char *
kept_name(struct requester *requester, unsigned area)
{
	const struct names *of = &names[area];

	return of->at[requester_dice(requester, (unsigned)of->count)];
}
