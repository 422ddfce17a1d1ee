/* What mapping.c and path_values.c both ask. */
#include "subsys/rsync/making.h"

#include <string.h>

#include "root/inside.h"
#include "subsys/rsync/crossing.h"

/* Asked in a namespace, too, where nothing lies outside: clients hear the
 * same refusal in every jail. */
enum lexical_answer
making_judge(const struct making *making, const char *path, enum follow follow)
{
	struct relpath there;

	if (relpath_parse(&there, path, strlen(path), NULL) != 0 ||
	    !inside_root(making->root, &there, follow))
		return LEXICAL_OUTSIDE;
	return crossing_is(making, path, follow) ? LEXICAL_MOUNTED : LEXICAL_OK;
}
