/* Creates nothing but by O_EXCL, and links nothing but what is pinned. */
#include "broker/creation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "broker/create_only.h"

/* The flags of an open file, apart from those by which it is created. */
#define FILE_FLAGS                                                         \
	(FD_ACCESS | O_APPEND | O_NONBLOCK | O_DSYNC | O_SYNC | O_DIRECT | \
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

int
creation_link(int fd, int dir, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "self/fd/%d", fd);
	return linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW);
}
