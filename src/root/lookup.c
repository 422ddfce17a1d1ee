/*
 * Every lookup of a client's path: the kernel's answer, kept from names that
 * the policy bars. Promises that no descriptor given out was reached by a way
 * that leaves the root.
 */
#include "root/lookup.h"

#include <errno.h>
#include <fcntl.h>

#include "root/root.h"

/* Is what was opened in reach, by the path on which it lies? */
static int
check_bars(struct root *root, int fd)
{
	char path[PATH_MAX];

	if (root_path_of(root, fd, path) < 0)
		return -1;
	errno = bars_path(&root->bars, path);
	return errno == 0 ? 0 : -1;
}

/*
 * A barred name on the way is refused before it is looked for: the answer to
 * "hidden/../x" must not depend on whether "hidden" is there.
 */
int
root_walk(struct root *root, const char *path, int flags, mode_t mode)
{
	auto_fd int fd = -1;

	if (bars_any(&root->bars)) {
		errno = bars_path(&root->bars, path);
		if (errno != 0)
			return -1;
	}
	fd = root_walk_unbarred(root, path, flags, mode);
	if (fd >= 0 && bars_any(&root->bars) && check_bars(root, fd) != 0)
		return -1;
	return take_fd(&fd);
}

int
root_walk_parent(struct root *root, const struct relpath *path,
    enum name_use use, char name[NAME_MAX + 1])
{
	struct relpath parent;

	if (relpath_split(path, &parent, name) != 0)
		return -1;
	if (bars_any(&root->bars)) {
		errno = use == NAME_NEW ? bars_new(&root->bars, name)
					: bars_name(&root->bars, name);
		if (errno != 0)
			return -1;
	}
	return root_walk(root, parent.bytes, O_PATH | O_DIRECTORY, 0);
}
