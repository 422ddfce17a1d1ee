/*
 * The root's directory, and what is opened or looked at in it. Trusts the
 * administrator's path; a client's goes through lookup.c.
 */
#include "root/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "policy/policy.h"
#include "root/lookup.h"

void
root_bar(struct root *root, const struct texts *hide, const struct texts *deny)
{
	root->bars.hide = hide != NULL && hide->count > 0 ? hide : NULL;
	root->bars.deny = deny != NULL && deny->count > 0 ? deny : NULL;
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

/* A number of the kernel's since it was started; 0 without /proc. */
static uint32_t
boot_number(void)
{
	auto_fd int fd =
	    open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	unsigned char id[36];
	uint32_t number = 2166136261; /* FNV-1a */

	if (fd < 0 || read(fd, id, sizeof(id)) != (ssize_t)sizeof(id))
		return 0;
	for (size_t i = 0; i < sizeof(id); i++)
		number = (number ^ id[i]) * 16777619;
	return number;
}

/* Is openat2 here? Docker before 20.10 answers EPERM for what it can't know. */
static int
probe_openat2(const struct root *root)
{
	auto_fd int fd = root_walk_unbarred(root, ".", O_PATH | O_DIRECTORY, 0);

	if (fd >= 0)
		return 0;
	if (errno == EPERM)
		errno = ENOSYS;
	return -1;
}

int
root_open(struct root *root, const char *path, bool one_file_system)
{
	struct stat st;

	*root = (struct root){ .fd = -1,
		.proc_fd = -1,
		.one_file_system = one_file_system,
		.uid = geteuid(),
		.gid = getegid() };
	root->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* A mount whose server has gone can be opened, but not looked at. */
	if (root->fd < 0 || fstat(root->fd, &st) != 0 ||
	    probe_openat2(root) != 0) {
		root_close(root);
		return -1;
	}
	root->proc_fd = open_proc();
	root->boot = boot_number();
	return 0;
}

int
root_narrow(struct root *root, const char *below)
{
	auto_fd int fd = root_walk_beneath(root, below);

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
root_reopen(struct root *root, const char *path, int proc_fd)
{
	auto_fd int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat before, now;

	auto_close_fd(&root->proc_fd);
	root->proc_fd = proc_fd;

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

/* Opens a pinned file by its path and compares: there is no /proc. */
static int
open_pinned_by_path(struct root *root, const struct stat *pinned,
    const struct relpath *path, int flags)
{
	auto_fd int fd =
	    root_walk(root, path->bytes, flags & ~(O_CREAT | O_TRUNC), 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	if (st.st_dev != pinned->st_dev || st.st_ino != pinned->st_ino) {
		errno = ESTALE;
		return -1;
	}
	if ((flags & O_TRUNC) != 0 && ftruncate(fd, 0) != 0)
		return -1;
	return take_fd(&fd);
}

int
root_open_pinned(struct root *root, int pinned, const struct relpath *path,
    int flags)
{
	struct stat st;
	char number[16];

	flags |= O_NOCTTY | O_NONBLOCK;
	if (fstat(pinned, &st) != 0 || check_kind(st.st_mode, flags) != 0)
		return -1;
	if (root->proc_fd < 0)
		return open_pinned_by_path(root, &st, path, flags);
	snprintf(number, sizeof(number), "%d", pinned);
	/* The last step is a magic link and must be followed. */
	return root_walk_proc(root, number, flags & ~(O_CREAT | O_NOFOLLOW));
}

/* Opens what exists: looked at before it is opened. */
static int
open_existing(struct root *root, const struct relpath *path, int flags)
{
	auto_fd int fd =
	    root_walk(root, path->bytes, O_PATH | (flags & O_NOFOLLOW), 0);

	return fd < 0 ? -1 : root_open_pinned(root, fd, path, flags);
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
	if (bars_any(&root->bars))
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
