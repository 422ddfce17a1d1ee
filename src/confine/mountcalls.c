/*
 * Raw mount calls: glibc has them only since 2.36. Before Linux 5.12 there is
 * no mount_setattr: then each mount is remounted by its name, as
 * /proc/self/mountinfo tells it, with the flags it has already, because in
 * a user namespace those are locked.
 */
#include "confine/mountcalls.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "base/buf.h"
#include "base/mount_table.h"
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

/*
 * A new file system with two parameters (key, value, key, value), and flags of
 * its mount beside those of all.
 */
static int
new_file_system(const char *type, const char *const parameters[4],
    uint64_t flags)
{
	auto_fd int fs = -1;

	fs = (int)syscall(NR_FSOPEN, type, FS_CLOEXEC);
	if (fs < 0)
		return -1;
	for (size_t i = 0; i < 4; i += 2)
		if (syscall(NR_FSCONFIG, fs, CONFIG_STRING, parameters[i],
			parameters[i + 1], 0) != 0)
			return -1;
	if (syscall(NR_FSCONFIG, fs, CONFIG_CREATE, NULL, NULL, 0) != 0)
		return -1;
	return (int)syscall(NR_FSMOUNT, fs, FS_CLOEXEC,
	    MOUNTCALLS_NOSUID | MOUNTCALLS_NODEV | MOUNTCALLS_NOEXEC | flags);
}

int
mountcalls_tmpfs(const char *size)
{
	const char *const parameters[] = { "size", size, "mode", "755" };

	return new_file_system("tmpfs", parameters, 0);
}

int
mountcalls_proc(void)
{
	static const char *const parameters[] = { "subset", "pid", "hidepid",
		"ptraceable" };

	return new_file_system("proc", parameters, MOUNTCALLS_RDONLY);
}

int
mountcalls_attach(int fd, const char *path)
{
	return (
	    int)syscall(NR_MOVE_MOUNT, fd, "", AT_FDCWD, path, FROM_DESCRIPTOR);
}

/* Repeats the flags that a user namespace locks; atime flags stay anyway. */
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
remount_family(const struct mount_table *table, int top, const char *path,
    uint64_t flags)
{
	struct family family = { .count = 0 };
	size_t skip = 0;
	int result = 0;

	for (size_t i = 0; result == 0 && i < table->count; i++) {
		const struct mount *mount = &table->at[i];

		/* "/" ends in the slash with which "/proc" begins. */
		if (mount->id == top)
			skip =
			    mount->point[1] == '\0' ? 0 : strlen(mount->point);
		else if (!has_id(&family, mount->parent) ||
			 strlen(mount->point) < skip)
			continue;
		add_id(&family, mount->id);
		result = remount_below(path, mount->point + skip, flags);
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
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC);
	struct mount_table table = { .count = 0 };
	int top = fd < 0 ? -1 : mount_table_id_of(fd);
	int result, saved;

	if (top < 0 || mount_table_load(&table) != 0)
		return -1;
	result = remount_family(&table, top, path, flags);
	saved = errno;
	mount_table_free(&table);
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
