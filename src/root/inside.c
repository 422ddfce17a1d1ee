/*
 * The kernel is asked once, with RESOLVE_BENEATH; only where it says that an
 * absolute link or ".." left the root on the way is the end pinned and its
 * real path compared, since an absolute link may lead back in.
 */
#include "root/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
open_beneath(const struct root *root, const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, root->fd, path, &how, sizeof(how));
}

/* The real path of an open descriptor; false where it can't be known. */
static bool
real_path(const struct root *root, int fd, char out[PATH_MAX])
{
	char number[16];
	ssize_t len;

	if (snprintf(number, sizeof(number), "%d", fd) < 0)
		return false;
	len = readlinkat(root->proc_fd, number, out, PATH_MAX - 1);
	if (len <= 0)
		return false;
	out[len] = '\0';
	return true;
}

/* Does what the descriptor stands for lie at or below the root? */
static bool
is_below(const struct root *root, int fd)
{
	char top[PATH_MAX], path[PATH_MAX];
	size_t len;

	if (!real_path(root, root->fd, top) || !real_path(root, fd, path))
		return false;
	len = strcmp(top, "/") == 0 ? 0 : strlen(top);
	return strncmp(path, top, len) == 0 &&
	       (path[len] == '/' || path[len] == '\0');
}

bool
inside_root(const struct root *root, const struct relpath *path,
    enum follow follow)
{
	int flags = O_PATH | O_CLOEXEC | (follow == NO_FOLLOW ? O_NOFOLLOW : 0);
	auto_fd int fd = -1;
	int tries = 64;

	do {
		fd = open_beneath(root, path->bytes, (uint64_t)flags);
	} while (fd < 0 && errno == EAGAIN && --tries > 0);
	if (fd >= 0)
		return true;
	if (errno != EXDEV && errno != ELOOP && errno != EAGAIN)
		return true; /* not there: nothing can be learned of it */
	fd = openat(root->fd, path->bytes, flags);
	return fd >= 0 ? is_below(root, fd) : false;
}
