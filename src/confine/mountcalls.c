/*
 * Raw mount calls: glibc has them only since 2.36. Before Linux 5.12 there is
 * no mount_setattr: then each mount is remounted by its name, as
 * /proc/self/mountinfo tells them, with the flags it has already, because in
 * a user namespace those are locked.
 */
#include "confine/mountcalls.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/num.h"
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

/* One mount of /proc/self/mountinfo: the fields that count. */
struct info {
	int64_t id;
	int64_t parent;
	const char *point; /* in the line */
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

/* The line is cut into fields: id, parent, device, its root, mount point. */
static bool
read_info(char *line, struct info *info)
{
	char *fields[5];

	for (size_t i = 0; i < 5; i++) {
		fields[i] = line;
		line += strcspn(line, " \n");
		if (*line == '\0')
			return false;
		*line++ = '\0';
	}
	unescape(fields[4]);
	info->point = fields[4];
	return num_parse(fields[0], 0, INT64_MAX, &info->id) &&
	       num_parse(fields[1], 0, INT64_MAX, &info->parent);
}

/* The id that mountinfo gives to the mount at path, or -1. */
static int64_t
mount_id(const char *path)
{
	char room[64], text[1024];
	struct buf name;
	auto_fd int fd = -1;
	auto_fd int info = -1;
	const char *line;
	int64_t id;
	ssize_t len;

	fd = open(path, O_PATH | O_CLOEXEC);
	buf_init(&name, room, sizeof(room));
	buf_addf(&name, "/proc/self/fdinfo/%d", fd);
	info = open(buf_text(&name), O_RDONLY | O_CLOEXEC);
	if (fd < 0 || info < 0)
		return -1;
	len = io_read_all(info, text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = '\0';
	line = strstr(text, "mnt_id:\t");
	if (line == NULL)
		return -1;
	line += strlen("mnt_id:\t");
	text[(size_t)(line - text) + strcspn(line, "\n")] = '\0';
	return num_parse(line, 0, INT64_MAX, &id) ? id : -1;
}

/* The mounts whose ancestor is the first; a parent comes before its child. */
struct family {
	int64_t *ids;
	size_t count;
};

static bool
has_id(const struct family *family, int64_t id)
{
	for (size_t i = 0; i < family->count; i++)
		if (family->ids[i] == id)
			return true;
	return false;
}

static void
add_id(struct family *family, int64_t id)
{
	family->ids =
	    xrealloc(family->ids, family->count + 1, sizeof(*family->ids));
	family->ids[family->count++] = id;
}

/* A mount point below the top one, by the name that leads there for us. */
static int
remount_below(const char *path, const char *rest, uint64_t flags)
{
	char room[PATH_MAX];
	struct buf name;

	buf_init(&name, room, sizeof(room));
	buf_addf(&name, "%s%s", path, rest);
	if (name.full) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return remount(buf_text(&name), flags);
}

static int
remount_family(FILE *list, const char *path, uint64_t flags)
{
	struct family family = { .count = 0 };
	auto_free char *line = NULL;
	struct info info;
	size_t size = 0, skip = 0;
	int result = 0;
	int64_t top = mount_id(path);

	while (result == 0 && getline(&line, &size, list) >= 0) {
		if (!read_info(line, &info))
			continue;
		/* "/" ends in the slash with which "/proc" begins. */
		if (info.id == top)
			skip = info.point[1] == '\0' ? 0 : strlen(info.point);
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
	(void)fclose(list);
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
