/*
 * What a program in create-only makes: the directory of the new name is pinned
 * and proved to lie in the root, the rest is creation's.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/act.h"
#include "broker/act_verify.h"
#include "broker/create_only.h"
#include "broker/creation.h"
#include "root/own_creations.h"

/* The directory and name of what is to be made, as filename_create does it. */
static int
act_find_new(const struct act *act, int dir, int path, struct tracee_name *name)
{
	if (act_find_name(act, dir, path, NULL, name) == 0)
		return 0;
	/* ".", ".." and "/" are there already. */
	if (errno == EBUSY)
		errno = EEXIST;
	return -1;
}

/* A slash behind the name means a directory, which only mkdir makes. */
static int
act_prove_new(const struct act *act, const struct tracee_name *name, int error)
{
	if (act_prove(act, name->parent) != 0)
		return -1;
	if (!name->directory)
		return 0;
	errno = error;
	return -1;
}

/*
 * Opens an existing file below a free directory for writing. It may have left
 * before it was open, so it is looked at again; while it is open for writing it
 * can't leave.
 */
static int
act_open_free(struct act *act, int flags)
{
	const struct own *own = &act->create_only->own;
	auto_fd int fd = -1;
	struct stat st;
	char path[32];

	if (act_prove(act, act->fd) != 0 || fstat(act->fd, &st) != 0)
		return -1;
	if (S_ISREG(st.st_mode) &&
	    free_dirs_have(&own->free, act->root, act->fd)) {
		snprintf(path, sizeof(path), "self/fd/%d", act->fd);
		fd = openat(AT_FDCWD, path,
		    (flags & ~(O_CREAT | O_TRUNC | O_NOFOLLOW)) | O_CLOEXEC |
			O_NOCTTY | O_NONBLOCK);
		if (fd < 0)
			return -1;
	}
	if (fd < 0 || !free_dirs_have(&own->free, act->root, fd)) {
		errno = EPERM;
		return -1;
	}
	if (act_verify_change(act, fd) != 0 ||
	    ((flags & O_TRUNC) != 0 && ftruncate(fd, 0) != 0))
		return -1;
	return take_fd(&fd);
}

/* Pins the file; -1 where no directory is free, or it does not exist. */
static int
act_pin_free(struct act *act, int flags)
{
	const struct act_row *row = act->row;
	int dir = row->dir < 0 ? AT_FDCWD : (int)act->args[row->dir];

	if (act->create_only->own.free.count == 0 ||
	    (flags & (O_PATH | O_DIRECTORY | O_TMPFILE)) != 0) {
		errno = EPERM;
		return -1;
	}
	act->fd = tracee_pin(&act->tracee, dir, act->args[row->path],
	    (flags & O_NOFOLLOW) != 0 ? AT_SYMLINK_NOFOLLOW : 0);
	return act->fd;
}

int
act_open(struct act *act)
{
	int flags = (int)act->args[act->row->flags];

	/* Without O_EXCL the file may exist: open it if it is free. */
	if ((flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL)) {
		if (act_pin_free(act, flags) >= 0)
			return act_open_free(act, flags);
		if (errno != ENOENT || (flags & O_CREAT) == 0)
			return -1;
	}
	if (act_find_new(act, act->row->dir, act->row->path, &act->made) != 0 ||
	    act_prove_new(act, &act->made, EISDIR) != 0 ||
	    act_verify_new(act, act->made.name) != 0)
		return -1;
	return creation_open(act->create_only, act->made.parent, act->made.name,
	    flags, (mode_t)act_argument(act, 0));
}

void
act_open_undo(struct act *act)
{
	/* Whatever has the name now is removed only if it is own. */
	if (create_only_remove(act->create_only, act->made.parent,
		act->made.name, 0) != 0)
		return;
}

int
act_mkdir(struct act *act)
{
	mode_t mode = (mode_t)act_argument(act, 0);

	if (act_find_new(act, act->row->dir, act->row->path, &act->made) != 0 ||
	    act_prove(act, act->made.parent) != 0)
		return -1;
	return own_mkdir_at(&act->create_only->own, act->made.parent,
	    act->made.name, mode);
}

int
act_mknod(struct act *act)
{
	mode_t mode = (mode_t)act_argument(act, 0);

	if (act_find_new(act, act->row->dir, act->row->path, &act->made) != 0 ||
	    act_prove_new(act, &act->made, ENOENT) != 0 ||
	    act_verify_new(act, act->made.name) != 0)
		return -1;
	if (act->create_only == NULL)
		return mknodat(act->made.parent, act->made.name, mode,
		    (dev_t)act_argument(act, 1));
	return own_mknod_at(&act->create_only->own, act->made.parent,
	    act->made.name, mode, (dev_t)act_argument(act, 1));
}

int
act_symlink(struct act *act)
{
	char text[PATH_MAX];

	if (tracee_text(&act->tracee, act_argument(act, 0), text, sizeof(text),
		ENAMETOOLONG) != 0 ||
	    act_find_new(act, act->row->dir, act->row->path, &act->made) != 0 ||
	    act_prove_new(act, &act->made, ENOENT) != 0 ||
	    act_verify_new(act, act->made.name) != 0)
		return -1;
	return own_symlink_at(&act->create_only->own, text, act->made.parent,
	    act->made.name);
}

/* linkat(2)'s flags say the contrary of those by which others pin. */
static int
act_pin_linked(const struct act *act)
{
	const struct act_row *row = act->row;
	int dir = row->dir < 0 ? AT_FDCWD : (int)act->args[row->dir];
	int flags = row->flags < 0 ? 0 : (int)act->args[row->flags];

	if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0) {
		errno = EINVAL;
		return -1;
	}
	return tracee_pin(&act->tracee, dir, act->args[row->path],
	    (flags & AT_EMPTY_PATH) |
		((flags & AT_SYMLINK_FOLLOW) != 0 ? 0 : AT_SYMLINK_NOFOLLOW));
}

/*
 * What gets a name in a free directory has one there, and won't leave before;
 * what gets one outside has one there.
 */
static int
act_stay_on_side(struct act *act, int fd)
{
	const struct free_dirs *free = &act->create_only->own.free;

	if (!free_dirs_have_name(free, act->made.parent, act->made.name)) {
		if (free_dirs_lead_elsewhere(free, act->root, fd))
			return 0;
	} else if (free_dirs_hold(act->root, fd, &act->held) != 0) {
		return -1;
	} else if (free_dirs_lead_to(free, act->root, fd)) {
		return 0;
	}
	errno = EPERM;
	return -1;
}

int
act_link(struct act *act)
{
	const struct act_row *row = act->row;
	int second = row->dir < 0 ? -1 : row->what;
	auto_fd int fd = act_pin_linked(act);
	auto_fd int held = -1;

	if (fd < 0 ||
	    act_find_new(act, second, second < 0 ? row->what : second + 1,
		&act->made) != 0 ||
	    act_prove(act, fd) != 0 ||
	    act_prove_new(act, &act->made, ENOENT) != 0 ||
	    act_verify_link(act, fd, act->made.name, &held) != 0)
		return -1;
	if (act_stay_on_side(act, fd) != 0)
		return -1;
	return creation_link(fd, act->made.parent, act->made.name);
}
