/*
 * The root's directory and every lookup in it. Trusts the administrator's
 * path and the kernel's openat2, nothing that a client says: a path goes to
 * the kernel as it came and is never looked at first by name. Promises that
 * no descriptor given out was reached by a way that leaves the root.
 */
#include "core/root/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "core/policy.h"
#include "core/root/rootwalk.h"

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

/* openat2 from the root, again where it may pass. */
static int
try_open(const struct root *root, const char *path, const struct open_how *how)
{
	int fd;

	for (int tried = 1;; tried++) {
		fd = openat2_in(root->fd, path, how);
		if (fd >= 0 || !may_pass_yet(root, errno, tried))
			return fd;
	}
}

static int
walk(const struct root *root, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.mode = makes_file(flags) ? mode & 07777 : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS |
			   (root->one_file_system ? RESOLVE_NO_XDEV : 0),
	};

	return try_open(root, path, &how);
}

/* Is what was opened in reach, by the path on which it lies? */
static int
check_bars(struct root *root, int fd)
{
	char path[PATH_MAX];

	if (root_path_of(root, fd, path) < 0)
		return -1;
	errno = barred_path(&root->barred, path);
	return errno == 0 ? 0 : -1;
}

int
root_walk(struct root *root, const char *path, int flags, mode_t mode)
{
	auto_fd int fd = walk(root, path, flags, mode);

	if (fd >= 0 && barred_any(&root->barred) && check_bars(root, fd) != 0)
		return -1;
	return take_fd(&fd);
}

int
root_walk_in(int directory, const char *name, int flags, mode_t mode)
{
	const struct root here = { .fd = directory };

	return walk(&here, name, flags, mode);
}

int
root_walk_proc(const struct root *root, const char *number, int flags)
{
	const struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC) };

	return openat2_in(root->proc_fd, number, &how);
}

int
root_walk_parent(struct root *root, const struct relpath *path,
    enum name_use use, char name[NAME_MAX + 1])
{
	struct relpath parent;

	if (relpath_split(path, &parent, name) != 0)
		return -1;
	if (barred_any(&root->barred)) {
		errno = use == NAME_NEW ? barred_new(&root->barred, name)
					: barred_name(&root->barred, name);
		if (errno != 0)
			return -1;
	}
	return root_walk(root, parent.bytes, O_PATH | O_DIRECTORY, 0);
}

void
root_bar(struct root *root, const struct texts *hide, const struct texts *deny)
{
	root->barred.hide = hide != NULL && hide->count > 0 ? hide : NULL;
	root->barred.deny = deny != NULL && deny->count > 0 ? deny : NULL;
}

/* /proc/self/fd, if that is what lies there; else -1. */
static int
open_proc(void)
{
	auto_fd int fd =
	    open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) != 0 || fs.f_type != PROC_SUPER_MAGIC)
		return -1;
	return take_fd(&fd);
}

/* Is openat2 here? Docker before 20.10 answers EPERM for what it can't know. */
static int
probe_openat2(const struct root *root)
{
	auto_fd int fd = walk(root, ".", O_PATH | O_DIRECTORY, 0);

	if (fd >= 0)
		return 0;
	if (errno == EPERM)
		errno = ENOSYS;
	return -1;
}

int
root_open(struct root *root, const char *path, bool one_file_system)
{
	*root = (struct root){ .fd = -1,
		.proc_fd = -1,
		.one_file_system = one_file_system,
		.uid = geteuid() };
	root->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root->fd < 0 || probe_openat2(root) != 0) {
		root_close(root);
		return -1;
	}
	root->proc_fd = open_proc();
	return 0;
}

int
root_narrow(struct root *root, const char *below)
{
	const struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
			   (root->one_file_system ? RESOLVE_NO_XDEV : 0),
	};
	auto_fd int fd = try_open(root, below, &how);

	if (fd < 0)
		return -1;
	auto_close_fd(&root->fd);
	root->fd = take_fd(&fd);
	return 0;
}

void
root_close(struct root *root)
{
	auto_close_fd(&root->fd);
	auto_close_fd(&root->proc_fd);
}

int
root_reopen(struct root *root, const char *path)
{
	auto_fd int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat before, now;

	if (fd < 0 || fstat(root->fd, &before) != 0 || fstat(fd, &now) != 0)
		return -1;
	if (before.st_dev != now.st_dev || before.st_ino != now.st_ino) {
		errno = ESTALE;
		return -1;
	}
	auto_close_fd(&root->fd);
	root->fd = take_fd(&fd);
	return 0;
}

/* 0 for what root_open_file serves; else -1 with open(2)'s errno for it. */
static int
check_kind(mode_t mode, int flags)
{
	if (S_ISREG(mode))
		return 0;
	if (S_ISDIR(mode) && (flags & O_CREAT) == 0)
		return 0;
	errno = S_ISDIR(mode) ? EISDIR : S_ISLNK(mode) ? ELOOP : ENXIO;
	return -1;
}

/*
 * The pinned object is opened through /proc/self/fd, so that what was checked
 * is what is opened. Where there is no /proc it is opened by name and checked
 * afterwards.
 */
static int
open_pinned(struct root *root, int pinned, const struct relpath *path,
    int flags)
{
	auto_fd int fd = -1;
	struct stat st;
	char number[16];

	if (root->proc_fd >= 0) {
		snprintf(number, sizeof(number), "%d", pinned);
		/* The last step is a magic link and must be followed. */
		return root_walk_proc(root, number,
		    flags & ~(O_CREAT | O_NOFOLLOW));
	}
	fd = root_walk(root, path->bytes, flags & ~O_CREAT, 0);
	if (fd < 0 || fstat(fd, &st) != 0 || check_kind(st.st_mode, 0) != 0)
		return -1;
	return take_fd(&fd);
}

/* Opens what exists: looked at before it is opened. */
static int
open_existing(struct root *root, const struct relpath *path, int flags)
{
	auto_fd int fd =
	    root_walk(root, path->bytes, O_PATH | (flags & O_NOFOLLOW), 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || check_kind(st.st_mode, flags) != 0)
		return -1;
	return open_pinned(root, fd, path, flags);
}

/* Creates, through a dangling symlink too; checked as it may have raced. */
static int
open_creating(struct root *root, const struct relpath *path, int flags,
    mode_t mode)
{
	auto_fd int fd = root_walk(root, path->bytes, flags, mode);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || check_kind(st.st_mode, 0) != 0)
		return -1;
	return take_fd(&fd);
}

/* Where names are barred: nothing is created before its name was looked at. */
static int
open_where_barred(struct root *root, const struct relpath *path, int flags,
    mode_t mode)
{
	char name[NAME_MAX + 1];
	auto_fd int parent = root_walk_parent(root, path, NAME_NEW, name);
	int fd;

	if (parent < 0)
		return -1;
	fd = root_walk_in(parent, name, flags | O_EXCL, mode);
	if (fd >= 0 || errno != EEXIST || (flags & O_EXCL) != 0)
		return fd;
	return open_existing(root, path, flags);
}

int
root_open_file(struct root *root, const struct relpath *path, int flags,
    mode_t mode)
{
	int fd;

	flags |= O_NOCTTY | O_NONBLOCK;
	if ((flags & O_CREAT) == 0)
		return open_existing(root, path, flags);
	if (barred_any(&root->barred))
		return open_where_barred(root, path, flags, mode);
	/* Most uploads are of new files: one call for these. */
	fd = root_walk(root, path->bytes, flags | O_EXCL, mode);
	if (fd >= 0 || errno != EEXIST || (flags & O_EXCL) != 0)
		return fd;
	fd = open_existing(root, path, flags);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	return open_creating(root, path, flags, mode);
}

int
root_open_directory(struct root *root, const struct relpath *path)
{
	return root_walk(root, path->bytes, O_RDONLY | O_DIRECTORY | O_NONBLOCK,
	    0);
}

int
root_pin(struct root *root, const struct relpath *path, enum follow follow)
{
	return root_walk(root, path->bytes,
	    O_PATH | (follow == NO_FOLLOW ? O_NOFOLLOW : 0), 0);
}

int
root_stat(struct root *root, const struct relpath *path, enum follow follow,
    struct stat *st)
{
	auto_fd int fd = root_pin(root, path, follow);

	return fd < 0 ? -1 : fstat(fd, st);
}

int
root_statfs(struct root *root, const struct relpath *path, struct statfs *fs)
{
	auto_fd int fd = root_pin(root, path, FOLLOW);

	return fd < 0 ? -1 : fstatfs(fd, fs);
}
