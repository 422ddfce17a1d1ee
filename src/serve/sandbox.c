/* Bounds, then Landlock with no rule at all, then an allow-list of calls. */
#include "serve/sandbox.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "confine/caps.h"
#include "confine/filter.h"
#include "confine/landlock.h"

static const struct {
	int resource;
	rlim_t most;
} bounds[] = {
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_FSIZE, 0 },
	{ RLIMIT_NOFILE, 128 },
#ifndef __SANITIZE_ADDRESS__
	{ RLIMIT_AS, 256 << 20 },
#endif
};

int
sandbox_enter(void)
{
	int abi = landlock_abi();

	for (size_t i = 0; i < sizeof(bounds) / sizeof(*bounds); i++) {
		const struct rlimit limit = { bounds[i].most, bounds[i].most };

		if (setrlimit((__rlimit_resource_t)bounds[i].resource,
			&limit) != 0)
			return -1;
	}
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    caps_reduce(CAPS_NONE) != 0)
		return -1;
	if (abi > 0 && landlock_restrict(NULL, 0, abi) != 0)
		return -1;
	return filter_load(FILTER_NETWORK);
}
