/*
 * Renames and removals, where a guard judges them: directories are pinned and
 * proved to lie in the root, names are looked at by the guard.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>

#include "core/jail/call.h"
#include "core/jail/guard.h"
#include "core/root/root.h"

static int
refuse(int error)
{
	errno = error;
	return -1;
}

/* A name whose directory lies in the root. */
static int
find_name(const struct call *call, int dir, int path, struct caller_name *name)
{
	char where[PATH_MAX];

	if (caller_find_name(&call->caller,
		dir < 0 ? AT_FDCWD : (int)call->args[dir], call->args[path],
		name) != 0)
		return -1;
	return root_path_of(call->root, name->parent, where) < 0
		   ? refuse(EACCES)
		   : 0;
}

/* "name/" means a directory. */
static int
check_slash(const struct caller_name *name)
{
	struct stat st;

	if (!name->directory)
		return 0;
	if (fstatat(name->parent, name->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	return S_ISDIR(st.st_mode) ? 0 : refuse(ENOTDIR);
}

int
call_rename(const struct call *call)
{
	const struct call_row *row = call->row;
	struct caller_name from = { .parent = -1 }, to = { .parent = -1 };
	int second = row->dir < 0 ? -1 : row->what;
	unsigned flags = row->flags < 0 ? 0 : (unsigned)call->args[row->flags];
	int result = -1;

	if (find_name(call, row->dir, row->path, &from) == 0 &&
	    find_name(call, second, second < 0 ? row->what : second + 1, &to) ==
		0 &&
	    check_slash(&from) == 0)
		result = guard_rename(call->guard, from.parent, from.name,
		    to.parent, to.name, flags);
	caller_name_close(&from);
	caller_name_close(&to);
	return result;
}

static int
remove_name(const struct call *call, int flags)
{
	struct caller_name name = { .parent = -1 };
	int result = -1;

	if ((flags & ~AT_REMOVEDIR) != 0)
		return refuse(EINVAL);
	if (find_name(call, call->row->dir, call->row->path, &name) == 0 &&
	    check_slash(&name) == 0)
		result =
		    guard_remove(call->guard, name.parent, name.name, flags);
	caller_name_close(&name);
	return result;
}

int
call_remove(const struct call *call)
{
	return remove_name(call,
	    call->row->flags < 0 ? 0 : (int)call->args[call->row->flags]);
}

int
call_rmdir(const struct call *call)
{
	return remove_name(call, AT_REMOVEDIR);
}
