/*
 * Changes names and metadata in the root: a name by a call of one component in
 * a directory that was opened in the root; metadata through
 * a descriptor that pins the object. Neither can be led elsewhere by a rename.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "root/lookup.h"
#include "root/move.h"
#include "root/root.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452 /* Linux 6.6, the same on every architecture */
#endif

/*
 * As root_walk_parent; a slash behind the name stays there, so that the
 * kernel wants a directory. None of the calls that change a name follows a
 * symlink for it, but linkat where it looks for what is to be linked.
 */
static int
walk_to_name(struct root *root, const struct relpath *path, enum name_use use,
    char name[NAME_MAX + 2])
{
	int fd = root_walk_parent(root, path, use, name);

	if (fd >= 0 && path->bytes[path->len - 1] == '/')
		memcpy(name + strlen(name), "/", 2);
	return fd;
}

int
root_mkdir(struct root *root, const struct relpath *path, mode_t mode)
{
	char name[NAME_MAX + 2];
	auto_fd int directory = walk_to_name(root, path, NAME_NEW, name);
	auto_fd int made = -1;

	if (directory < 0 || mkdirat(directory, name, mode & 07777) != 0)
		return -1;
	if ((mode & S_ISGID) == 0)
		return 0;
	name[strcspn(name, "/")] = '\0';
	made = root_walk_in(directory, name, O_PATH | O_NOFOLLOW, 0);
	return made < 0 ? -1 : root_add_setgid(root, made);
}

int
root_rmdir(struct root *root, const struct relpath *path)
{
	char name[NAME_MAX + 2];
	auto_fd int fd = walk_to_name(root, path, NAME_OLD, name);

	return fd < 0 ? -1 : unlinkat(fd, name, AT_REMOVEDIR);
}

int
root_unlink(struct root *root, const struct relpath *path)
{
	char name[NAME_MAX + 2];
	auto_fd int fd = walk_to_name(root, path, NAME_OLD, name);

	return fd < 0 ? -1 : unlinkat(fd, name, 0);
}

int
root_rename(struct root *root, const struct relpath *from,
    const struct relpath *to, bool replaces)
{
	char from_name[NAME_MAX + 2], to_name[NAME_MAX + 2];
	auto_fd int from_fd = walk_to_name(root, from, NAME_OLD, from_name);
	auto_fd int to_fd = -1;

	if (from_fd < 0)
		return -1;
	to_fd = walk_to_name(root, to, NAME_NEW, to_name);
	if (to_fd < 0)
		return -1;
	return replaces
		   ? move_over(from_fd, from_name, to_fd, to_name)
		   : move_to_free(root, from_fd, from_name, to_fd, to_name);
}

int
root_link(struct root *root, const struct relpath *from,
    const struct relpath *to)
{
	char from_name[NAME_MAX + 2], to_name[NAME_MAX + 2];
	auto_fd int from_fd = root_walk_parent(root, from, NAME_OLD, from_name);
	auto_fd int to_fd = -1;

	if (from_fd < 0)
		return -1;
	to_fd = walk_to_name(root, to, NAME_NEW, to_name);
	if (to_fd < 0)
		return -1;
	return linkat(from_fd, from_name, to_fd, to_name, 0);
}

int
root_symlink(struct root *root, const char *text, const struct relpath *path)
{
	char name[NAME_MAX + 2];
	auto_fd int fd = walk_to_name(root, path, NAME_NEW, name);

	return fd < 0 ? -1 : symlinkat(text, fd, name);
}

/* Before Linux 6.6 only /proc leads from an O_PATH descriptor to chmod. */
static int
chmod_by_proc(const struct root *root, int fd, mode_t mode)
{
	char number[16];
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	if (S_ISLNK(st.st_mode) || root->proc_fd < 0) {
		errno = EOPNOTSUPP;
		return -1;
	}
	snprintf(number, sizeof(number), "%d", fd);
	return fchmodat(root->proc_fd, number, mode, 0);
}

int
root_chmod_pinned(const struct root *root, int fd, mode_t mode)
{
	mode &= 07777;
	if (syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH) == 0)
		return 0;
	return errno == ENOSYS ? chmod_by_proc(root, fd, mode) : -1;
}

int
root_add_setgid(const struct root *root, int fd)
{
	struct stat st;

	return fstat(fd, &st) != 0
		   ? -1
		   : root_chmod_pinned(root, fd, st.st_mode | S_ISGID);
}

int
root_chmod(struct root *root, const struct relpath *path, enum follow follow,
    mode_t mode)
{
	auto_fd int fd = root_pin(root, path, follow);

	return fd < 0 ? -1 : root_chmod_pinned(root, fd, mode);
}

int
root_chown(struct root *root, const struct relpath *path, enum follow follow,
    uid_t uid, gid_t gid)
{
	auto_fd int fd = root_pin(root, path, follow);

	return fd < 0 ? -1 : fchownat(fd, "", uid, gid, AT_EMPTY_PATH);
}

int
root_utimes(struct root *root, const struct relpath *path, enum follow follow,
    const struct timespec times[2])
{
	auto_fd int fd = root_pin(root, path, follow);

	return fd < 0 ? -1 : utimensat(fd, "", times, AT_EMPTY_PATH);
}

int
root_truncate(struct root *root, const struct relpath *path, off_t size)
{
	auto_fd int fd = root_open_file(root, path, O_WRONLY, 0);

	return fd < 0 ? -1 : ftruncate(fd, size);
}
