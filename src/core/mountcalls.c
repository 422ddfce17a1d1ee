/*
 * Raw mount calls: glibc has them only since 2.36. Before Linux 5.12 there is
 * no mount_setattr: then each mount is remounted by its name, as
 * /proc/self/mountinfo tells them, with the flags it has already, because in
 * a user namespace those are locked.
 */
#include "core/mountcalls.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "base/xalloc.h"

/* The numbers are the same on every architecture. */
enum {
	NR_OPEN_TREE = 428,
	NR_MOVE_MOUNT = 429,
	NR_FSOPEN = 430,
	NR_FSCONFIG = 431,
	NR_FSMOUNT = 432,
	NR_MOUNT_SETATTR = 442,
};

/* linux/mount.h */
enum {
	TREE_CLONE = 1,      /* OPEN_TREE_CLONE */
	FROM_DESCRIPTOR = 4, /* MOVE_MOUNT_F_EMPTY_PATH */
	FS_CLOEXEC = 1,      /* FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC */
	CONFIG_STRING = 1,   /* FSCONFIG_SET_STRING */
	CONFIG_CREATE = 6,   /* FSCONFIG_CMD_CREATE */
	RECURSIVE = 0x8000,  /* AT_RECURSIVE */
};

struct attr {
	uint64_t set;
	uint64_t clear;
	uint64_t propagation;
	uint64_t userns_fd;
};

int
mountcalls_clone(const char *path, bool recursive)
{
	unsigned flags = TREE_CLONE | O_CLOEXEC | (recursive ? RECURSIVE : 0);

	return (int)syscall(NR_OPEN_TREE, AT_FDCWD, path, flags);
}

int
mountcalls_tmpfs(const char *size)
{
	auto_fd int fs = -1;

	fs = (int)syscall(NR_FSOPEN, "tmpfs", FS_CLOEXEC);
	if (fs < 0 ||
	    syscall(NR_FSCONFIG, fs, CONFIG_STRING, "size", size, 0) != 0 ||
	    syscall(NR_FSCONFIG, fs, CONFIG_STRING, "mode", "755", 0) != 0 ||
	    syscall(NR_FSCONFIG, fs, CONFIG_CREATE, NULL, NULL, 0) != 0)
		return -1;
	return (int)syscall(NR_FSMOUNT, fs, FS_CLOEXEC,
	    MOUNTCALLS_NOSUID | MOUNTCALLS_NODEV | MOUNTCALLS_NOEXEC);
}

int
mountcalls_attach(int fd, const char *path)
{
	return (
	    int)syscall(NR_MOVE_MOUNT, fd, "", AT_FDCWD, path, FROM_DESCRIPTOR);
}

/* Only what can be locked: access times stay as they are by themselves. */
static int
remount(const char *path, uint64_t flags)
{
	unsigned long all = MS_REMOUNT | MS_BIND | (unsigned long)flags;
	struct statvfs vfs;

	if (statvfs(path, &vfs) != 0)
		return -1;
	all |= vfs.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
	return mount(NULL, path, NULL, all, NULL);
}

/* One mount of /proc/self/mountinfo. */
struct info {
	int id;
	int parent;
	char point[PATH_MAX];
};

/* mountinfo writes blanks and backslashes as \ and three octal digits. */
static void
unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++, to++) {
		*to = *text;
		if (text[0] != '\\' || strspn(text + 1, "01234567") < 3)
			continue;
		*to = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
			     (text[3] - '0'));
		text += 3;
	}
	*to = '\0';
}

static bool
next_info(FILE *list, char **line, size_t *size, struct info *info)
{
	while (getline(line, size, list) >= 0) {
		if (sscanf(*line, "%d %d %*s %*s %4095s", &info->id,
			&info->parent, info->point) != 3)
			continue;
		unescape(info->point);
		return true;
	}
	return false;
}

/* The id that mountinfo gives to the mount at path, or -1. */
static int
mount_id(const char *path)
{
	char name[64], line[256];
	auto_fd int fd = -1;
	FILE *info;
	int id = -1;

	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -1;
	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	info = fopen(name, "re");
	if (info == NULL)
		return -1;
	while (fgets(line, sizeof(line), info) != NULL)
		if (sscanf(line, "mnt_id: %d", &id) == 1)
			break;
	fclose(info);
	return id;
}

/* The mounts whose ancestor is the first; a parent comes before its child. */
struct family {
	int *ids;
	size_t count;
};

static bool
has_id(const struct family *family, int id)
{
	for (size_t i = 0; i < family->count; i++)
		if (family->ids[i] == id)
			return true;
	return false;
}

static void
add_id(struct family *family, int id)
{
	family->ids =
	    xrealloc(family->ids, family->count + 1, sizeof(*family->ids));
	family->ids[family->count++] = id;
}

/* A mount point below the top one, by the name that leads there for us. */
static int
remount_below(const char *path, const char *rest, uint64_t flags)
{
	char name[PATH_MAX];
	int len = snprintf(name, sizeof(name), "%s%s", path, rest);

	if (len < 0 || (size_t)len >= sizeof(name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return remount(name, flags);
}

static int
remount_family(FILE *list, const char *path, uint64_t flags)
{
	struct family family = { .count = 0 };
	auto_free char *line = NULL;
	struct info info;
	size_t size = 0, skip = 0;
	int result = 0;
	int top = mount_id(path);

	while (result == 0 && next_info(list, &line, &size, &info)) {
		if (info.id == top)
			skip = strlen(info.point);
		else if (!has_id(&family, info.parent) ||
			 strlen(info.point) < skip)
			continue;
		add_id(&family, info.id);
		result = remount_below(path, info.point + skip, flags);
	}
	if (family.count == 0 && result == 0) {
		errno = ENOENT;
		result = -1;
	}
	free(family.ids);
	return result;
}

static int
remount_all(const char *path, uint64_t flags)
{
	FILE *list = fopen("/proc/self/mountinfo", "re");
	int result, saved;

	if (list == NULL)
		return -1;
	result = remount_family(list, path, flags);
	saved = errno;
	fclose(list);
	errno = saved;
	return result;
}

int
mountcalls_restrict(const char *path, uint64_t flags, bool recursive)
{
	const struct attr attr = { .set = flags };

	if (syscall(NR_MOUNT_SETATTR, AT_FDCWD, path, recursive ? RECURSIVE : 0,
		&attr, sizeof(attr)) == 0)
		return 0;
	if (errno != ENOSYS && errno != EPERM)
		return -1;
	return recursive ? remount_all(path, flags) : remount(path, flags);
}
