/*
 * What a program opens that may restore devices: no device is opened for it,
 * whatever the name leads to by then. What it names is pinned, looked at, and
 * opened anew by its descriptor; what it may open is Landlock's to say, as of
 * its own opens. A new file is made under a name that must be free.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "broker/act.h"

/* urandom, of /dev or elsewhere: rsync needs it. */
static bool
is_harmless(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 9);
}

/* An honest rsync opens no pipe, and we would wait for its other end. */
static int
act_judge_opened(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || is_harmless(&st))
		return 0;
	errno = S_ISLNK(st.st_mode) ? ELOOP : EACCES;
	return -1;
}

static int
act_open_pinned(const struct act *act, int pinned, int flags)
{
	char path[32];

	if (tracee_check(&act->tracee) != 0 || act_judge_opened(pinned) != 0)
		return -1;
	snprintf(path, sizeof(path), "self/fd/%d", pinned);
	return openat(AT_FDCWD, path,
	    (flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW)) | O_CLOEXEC | O_NOCTTY);
}

/* Returns -1 with EEXIST where the name is there by now. */
static int
act_open_new(struct act *act, int flags, mode_t mode)
{
	const struct act_row *row = act->row;

	if (act_find_name(act, row->dir, row->path, NULL, &act->made) != 0 ||
	    act_prove(act, act->made.parent) != 0)
		return -1;
	return openat(act->made.parent, act->made.name,
	    flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 07777);
}

int
act_open_guarded(struct act *act)
{
	const struct act_row *row = act->row;
	int flags = (int)act->args[row->flags];
	int dir = row->dir < 0 ? AT_FDCWD : (int)act->args[row->dir];

	if ((flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	act->fd = tracee_pin(&act->tracee, dir, act->args[row->path],
	    (flags & O_NOFOLLOW) != 0 ? AT_SYMLINK_NOFOLLOW : 0);
	if (act->fd >= 0)
		return act_open_pinned(act, act->fd, flags);
	if (errno != ENOENT || (flags & O_CREAT) == 0)
		return -1;
	return act_open_new(act, flags, (mode_t)act_argument(act, 0));
}
