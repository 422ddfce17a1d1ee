/*
 * Only open tells by itself which object it has made. What the others have
 * made is looked at by its name, and another session may have put something
 * else there in between: so what is found must be of the same kind, have no
 * other name, and where births can be believed be born now.
 */
#include "broker/creation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "broker/create_only.h"
#include "root/abilities.h"
#include "root/root.h"

/* The flags of an open file, apart from those by which it is created. */
#define FILE_FLAGS                                                         \
	(O_ACCMODE | O_APPEND | O_NONBLOCK | O_DSYNC | O_SYNC | O_DIRECT | \
	    O_LARGEFILE | O_NOATIME | O_NOCTTY)

int
creation_open(struct create_only *create_only, int dir, const char *name,
    int flags, mode_t mode)
{
	auto_fd int fd = -1;

	/* The one opens what exists, the others create no name. */
	if ((flags & (O_PATH | O_DIRECTORY | O_TMPFILE)) != 0) {
		errno = EINVAL;
		return -1;
	}
	fd = openat(dir, name,
	    (flags & FILE_FLAGS) | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    mode & 07777);
	if (fd >= 0)
		own_add(&create_only->own, fd);
	return take_fd(&fd);
}

/* Was the object born since then? Yes, too, where births can't be believed. */
static bool
creation_is_born_since(struct create_only *create_only, int fd,
    const struct timespec *since)
{
	struct abilities *abilities = &create_only->own.root->abilities;
	struct statx st;

	if (!abilities_of(abilities, fd)->keeps_births)
		return true;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &st) != 0)
		return false;
	return st.stx_btime.tv_sec > since->tv_sec ||
	       (st.stx_btime.tv_sec == since->tv_sec &&
		   st.stx_btime.tv_nsec >= (uint32_t)since->tv_nsec);
}

/* Remembers what has just been made under the name. */
static void
creation_remember(struct create_only *create_only, int dir, const char *name,
    mode_t kind, const struct timespec *before)
{
	auto_fd int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == kind &&
	    (kind == S_IFDIR || st.st_nlink == 1) &&
	    creation_is_born_since(create_only, fd, before))
		own_add(&create_only->own, fd);
}

/* Births are by this clock at the earliest. */
static struct timespec
creation_now(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now;
}

int
creation_mkdir(struct create_only *create_only, int dir, const char *name,
    mode_t mode)
{
	struct timespec before = creation_now();

	if (mkdirat(dir, name, mode) != 0)
		return -1;
	creation_remember(create_only, dir, name, S_IFDIR, &before);
	return 0;
}

int
creation_mknod(struct create_only *create_only, int dir, const char *name,
    mode_t mode, dev_t device)
{
	mode_t kind = (mode & S_IFMT) == 0 ? S_IFREG : mode & S_IFMT;
	struct timespec before = creation_now();

	if (mknodat(dir, name, mode, device) != 0)
		return -1;
	creation_remember(create_only, dir, name, kind, &before);
	return 0;
}

int
creation_symlink(struct create_only *create_only, const char *text, int dir,
    const char *name)
{
	struct timespec before = creation_now();

	if (symlinkat(text, dir, name) != 0)
		return -1;
	creation_remember(create_only, dir, name, S_IFLNK, &before);
	return 0;
}

int
creation_link(int fd, int dir, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "self/fd/%d", fd);
	return linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW);
}
