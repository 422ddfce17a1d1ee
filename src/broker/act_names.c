/*
 * Renames and removals, where a guard judges them: directories are pinned and
 * proved to lie in the root, names are looked at by the guard.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>

#include "broker/act.h"
#include "broker/create_only.h"
#include "root/root.h"

static int
refuse(int error)
{
	errno = error;
	return -1;
}

/* A name whose directory lies in the root. */
static int
find_name(const struct act *act, int dir, int path, struct tracee_name *name)
{
	char where[PATH_MAX];

	if (tracee_find_name(&act->tracee,
		dir < 0 ? AT_FDCWD : (int)act->args[dir], act->args[path],
		name) != 0)
		return -1;
	return root_path_of(act->root, name->parent, where) < 0 ? refuse(EACCES)
								: 0;
}

/* "name/" means a directory. */
static int
check_slash(const struct tracee_name *name)
{
	struct stat st;

	if (!name->directory)
		return 0;
	if (fstatat(name->parent, name->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	return S_ISDIR(st.st_mode) ? 0 : refuse(ENOTDIR);
}

int
act_rename(const struct act *act)
{
	const struct act_row *row = act->row;
	struct tracee_name from = { .parent = -1 }, to = { .parent = -1 };
	int second = row->dir < 0 ? -1 : row->what;
	unsigned flags = row->flags < 0 ? 0 : (unsigned)act->args[row->flags];
	int result = -1;

	if (find_name(act, row->dir, row->path, &from) == 0 &&
	    find_name(act, second, second < 0 ? row->what : second + 1, &to) ==
		0 &&
	    check_slash(&from) == 0)
		result = create_only_rename(act->create_only, from.parent,
		    from.name, to.parent, to.name, flags);
	tracee_name_close(&from);
	tracee_name_close(&to);
	return result;
}

static int
remove_name(const struct act *act, int flags)
{
	struct tracee_name name = { .parent = -1 };
	int result = -1;

	if ((flags & ~AT_REMOVEDIR) != 0)
		return refuse(EINVAL);
	if (find_name(act, act->row->dir, act->row->path, &name) == 0 &&
	    check_slash(&name) == 0)
		result = create_only_remove(act->create_only, name.parent,
		    name.name, flags);
	tracee_name_close(&name);
	return result;
}

int
act_remove(const struct act *act)
{
	return remove_name(act,
	    act->row->flags < 0 ? 0 : (int)act->args[act->row->flags]);
}

int
act_rmdir(const struct act *act)
{
	return remove_name(act, AT_REMOVEDIR);
}
