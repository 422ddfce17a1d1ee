/* The list of names: growth and its bounds. */
#include "base/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

bool
names_add(struct names *names, const char *text, size_t len)
{
	if (names->count >= NAMES_MAX_COUNT ||
	    len >= NAMES_MAX_BYTES - names->bytes)
		return false;
	if (names->count == names->room) {
		names->room = names->room == 0 ? 16 : names->room * 2;
		names->at =
		    xrealloc(names->at, names->room, sizeof(*names->at));
	}
	names->at[names->count++] = xmemdup(text, len);
	names->bytes += len + 1;
	return true;
}

static int
compare(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

void
names_sort(struct names *names, size_t first)
{
	if (names->count > first)
		qsort(names->at + first, names->count - first,
		    sizeof(*names->at), compare);
}

void
names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->at[i]);
	free(names->at);
	*names = (struct names){ 0 };
}
