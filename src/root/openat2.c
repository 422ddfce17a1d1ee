/*
 * The kernel's own lookup, openat2(2), from the root's directory. A path goes
 * to the kernel as it came and is never looked at first by name. Knows nothing
 * of names that are barred (lookup.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "root/lookup.h"
#include "root/root.h"

enum {
	TRIES_AT_ONCE = 64, /* of 69,000 raced lookups none needed more */
	TRIES_SLOW = 100,   /* then 10 ms apart: a second */
	TRIES_ESCAPED = 4,  /* EXDEV: a directory on the way moved out */
};

static int
openat2_in(int fd, const char *path, const struct open_how *how)
{
	return (int)syscall(SYS_openat2, fd, path, how, sizeof(*how));
}

/*
 * Another try? EAGAIN: ".." was walked while anything on this machine was
 * renamed or mounted. EXDEV without RESOLVE_NO_XDEV: "..", walked in a
 * directory that was just moved out.
 */
static bool
may_pass_yet(const struct root *root, int error, int tried)
{
	static const struct timespec pause = { .tv_nsec = 10L * 1000 * 1000 };

	if (error == EXDEV)
		return !root->one_file_system && tried < TRIES_ESCAPED;
	if (error != EAGAIN || tried >= TRIES_AT_ONCE + TRIES_SLOW)
		return false;
	if (tried >= TRIES_AT_ONCE)
		nanosleep(&pause, NULL);
	return true;
}

/* openat2 refuses a mode where there is nothing to make. */
static bool
makes_file(int flags)
{
	return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

int
root_try_open(const struct root *root, const char *path,
    const struct open_how *how)
{
	int fd;

	for (int tried = 1;; tried++) {
		fd = openat2_in(root->fd, path, how);
		if (fd >= 0 || !may_pass_yet(root, errno, tried))
			return fd;
	}
}

int
root_walk_unbarred(const struct root *root, const char *path, int flags,
    mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.mode = makes_file(flags) ? mode & 07777 : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS |
			   (root->one_file_system ? RESOLVE_NO_XDEV : 0),
	};

	return root_try_open(root, path, &how);
}

int
root_walk_in(int directory, const char *name, int flags, mode_t mode)
{
	const struct root here = { .fd = directory };

	return root_walk_unbarred(&here, name, flags, mode);
}

int
root_walk_proc(const struct root *root, const char *number, int flags)
{
	const struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC) };

	return openat2_in(root->proc_fd, number, &how);
}
