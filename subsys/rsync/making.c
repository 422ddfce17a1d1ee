/* What mapping.c and path_values.c both ask. */
#include "subsys/rsync/making.h"

#include <string.h>

#include "root/inside.h"

/* Asked in a namespace, too, where nothing lies outside: clients hear the
 * same refusal in every jail. */
bool
making_leads_out(const struct making *making, const char *path,
    enum follow follow)
{
	struct relpath there;

	if (relpath_parse(&there, path, strlen(path), NULL) != 0)
		return true;
	return !inside_root(making->root, &there, follow);
}
