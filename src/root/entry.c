/* The facts of a directory entry, the same for every listing. */
#include "root/entry.h"

#include <fcntl.h>
#include <string.h>

#include "root/private_names.h"
#include "root/root.h"

bool
entry_is_shown(const struct root *root, const char *name)
{
	return !private_is(name) && bars_name(&root->bars, name) != ENOENT;
}

static bool
entry_is_of_root(const struct root *root, int directory)
{
	struct stat here, top;

	return fstat(directory, &here) == 0 && fstat(root->fd, &top) == 0 &&
	       here.st_dev == top.st_dev && here.st_ino == top.st_ino;
}

int
entry_stat(const struct root *root, int directory, const char *name,
    struct stat *st)
{
	if (strcmp(name, "..") == 0 && entry_is_of_root(root, directory))
		name = ".";
	return fstatat(directory, name, st, AT_SYMLINK_NOFOLLOW);
}
