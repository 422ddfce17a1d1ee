/*
 * Renames and removals in create-only: directories are pinned and proved to
 * lie in the root, what has a name is looked at by create_only.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>

#include "broker/act.h"
#include "broker/act_verify.h"
#include "broker/create_only.h"
#include "root/digest_names.h"

/* "name/" means a directory. */
static int
act_check_slash(const struct tracee_name *name)
{
	struct stat st;

	if (!name->directory)
		return 0;
	if (fstatat(name->parent, name->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		return 0;
	errno = ENOTDIR;
	return -1;
}

/* A rename that is about to be done, or was: what is held has the new name. */
struct act_move {
	int from_dir, to_dir;
	const char *from, *to;
	unsigned flags;
	int held, other; /* -1: whatever has the name */
};

static bool
act_moved_is_held(const struct act_move *move)
{
	return act_verify_is_held(move->to_dir, move->to, move->held) &&
	       act_verify_is_held(move->from_dir, move->from, move->other);
}

/* The old name may be taken by now, or not be the program's to give. */
static int
act_move_back(const struct act *act, const struct act_move *move)
{
	if (create_only_rename(act->create_only, move->to_dir, move->to,
		move->from_dir, move->from,
		move->flags == RENAME_EXCHANGE ? RENAME_EXCHANGE
					       : RENAME_NOREPLACE) == 0)
		return 0;
	if (!act_verify_is_held(move->to_dir, move->to, move->held) &&
	    digest_names_take(move->to_dir, move->to) != 0)
		return -1;
	return act_verify_is_held(move->from_dir, move->from, move->other)
		   ? 0
		   : digest_names_take(move->from_dir, move->from);
}

/*
 * Where a name tells the contents, what gets it is read first, and nobody
 * else's file keeps it that had the old name by then.
 */
static int
act_change_name(struct act *act, const struct tracee_name *from, int to_dir,
    const char *to, unsigned flags)
{
	struct act_move move = { from->parent, to_dir, from->name, to, flags,
		-1, -1 };
	int result = -1;

	if (act_verify_rename(act, from->parent, from->name, to, &move.held) ==
		0 &&
	    (flags != RENAME_EXCHANGE || act_verify_rename(act, to_dir, to,
					     from->name, &move.other) == 0))
		result = create_only_rename(act->create_only, from->parent,
		    from->name, to_dir, to, flags);
	if (result == 0 && !act_moved_is_held(&move)) {
		result = -1;
		if (act_move_back(act, &move) == 0)
			errno = EAGAIN;
	}
	auto_close_fd(&move.held);
	auto_close_fd(&move.other);
	return result;
}

int
act_rename(struct act *act)
{
	const struct act_row *row = act->row;
	struct tracee_name from = { .parent = -1 }, to = { .parent = -1 };
	int second = row->dir < 0 ? -1 : row->what;
	unsigned flags = row->flags < 0 ? 0 : (unsigned)act->args[row->flags];
	int result = -1;

	if (act_find_name(act, row->dir, row->path, NULL, &from) == 0 &&
	    act_find_name(act, second, second < 0 ? row->what : second + 1,
		&from, &to) == 0 &&
	    act_prove(act, from.parent) == 0 &&
	    (to.parent < 0 || act_prove(act, to.parent) == 0) &&
	    act_check_slash(&from) == 0)
		result = act_change_name(act, &from,
		    to.parent < 0 ? from.parent : to.parent, to.name, flags);
	tracee_name_close(&from);
	tracee_name_close(&to);
	return result;
}

static int
act_remove_name(struct act *act, int flags)
{
	struct tracee_name name = { .parent = -1 };
	int result = -1;

	if ((flags & ~AT_REMOVEDIR) != 0) {
		errno = EINVAL;
		return -1;
	}
	if (act_find_name(act, act->row->dir, act->row->path, NULL, &name) ==
		0 &&
	    act_prove(act, name.parent) == 0 && act_check_slash(&name) == 0)
		result = create_only_remove(act->create_only, name.parent,
		    name.name, flags);
	tracee_name_close(&name);
	return result;
}

int
act_remove(struct act *act)
{
	return act_remove_name(act,
	    act->row->flags < 0 ? 0 : (int)act->args[act->row->flags]);
}

int
act_rmdir(struct act *act)
{
	return act_remove_name(act, AT_REMOVEDIR);
}
