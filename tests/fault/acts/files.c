/* Contents and names of what lies outside. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/fault/acts/acts.h"

#define ACT(name) static int name(const struct act *act)

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

/* A name beside the victim, which is not there yet. */
static const char *
beside(const struct act *act)
{
	static char path[8192];

	snprintf(path, sizeof(path), "%s-new", out(act));
	return path;
}

ACT(read_path)
{
	return try_open(out(act), O_RDONLY);
}

ACT(read_link)
{
	char path[256];

	snprintf(path, sizeof(path), "link/%s", act->name);
	return try_open(path, O_RDONLY);
}

ACT(read_dots)
{
	char path[256];

	snprintf(path, sizeof(path), "../outside/%s", act->name);
	return try_open(path, O_RDONLY);
}

ACT(read_proc_root)
{
	char path[8300];

	snprintf(path, sizeof(path), "/proc/self/root%s", out(act));
	return try_open(path, O_RDONLY);
}

/* What was pinned before reading is not read either. */
ACT(read_reopened)
{
	char path[64];
	int fd = open(out(act), O_PATH);

	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return try_open(path, O_RDONLY);
}

ACT(read_chdir)
{
	if (chdir(outside) != 0)
		return -1;
	return try_open(act->name, O_RDONLY);
}

ACT(read_openat2)
{
	const struct {
		unsigned long long flags, mode, resolve;
	} how = { O_RDONLY, 0, 0 };

	return closed((int)syscall(437, AT_FDCWD, out(act), &how, sizeof(how)));
}

ACT(read_system)
{
	(void)act;
	return try_open("/etc/hostname", O_RDONLY);
}

ACT(list_outside)
{
	DIR *dir = opendir(outside);

	(void)act;
	return dir == NULL ? -1 : closedir(dir);
}

ACT(list_system)
{
	DIR *dir = opendir("/usr/lib");

	(void)act;
	return dir == NULL ? -1 : closedir(dir);
}

/*
 * The directory above outside's and the root's, as who passes through it opens
 * it: a supervisor may answer with what it has.
 */
static int
open_above(void)
{
	const int pass = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	char path[4096], *save = NULL, *name, *last;
	int fd = open("/", pass);

	snprintf(path, sizeof(path), "%s", outside);
	last = strrchr(path, '/');
	if (last == NULL)
		return -1;
	*last = '\0';
	name = strtok_r(path, "/", &save);
	for (; name != NULL && fd >= 0; name = strtok_r(NULL, "/", &save))
		fd = openat(fd, name, pass | O_NOFOLLOW);
	return fd;
}

/* Names that start there; the act's own victim. */
static const char *
from_above(const struct act *act)
{
	return strrchr(outside, '/') + 1 - outside + out(act);
}

/* In a namespace there is such a directory, too, of the program's own world. */
static int
lists_outside(int fd)
{
	char room[8192];
	const char *name = strrchr(outside, '/') + 1;
	long len = syscall(SYS_getdents64, fd, room, sizeof(room));

	return len > 0 && memmem(room, (size_t)len, name, strlen(name)) != NULL
		   ? 0
		   : -1;
}

ACT(list_above)
{
	(void)act;
	return lists_outside(open_above());
}

ACT(list_above_again)
{
	(void)act;
	return lists_outside(openat(open_above(), ".", O_RDONLY | O_DIRECTORY));
}

ACT(read_from_above)
{
	return closed(openat(open_above(), from_above(act), O_RDONLY));
}

ACT(unlink_from_above)
{
	return unlinkat(open_above(), from_above(act), 0);
}

ACT(chmod_from_above)
{
	return fchmodat(open_above(), from_above(act), 0600, 0);
}

ACT(watch_outside)
{
	(void)act;
	return inotify_add_watch(inotify_init1(0), outside, IN_ALL_EVENTS) < 0
		   ? -1
		   : 0;
}

ACT(create_outside)
{
	return try_open(beside(act), O_WRONLY | O_CREAT);
}

ACT(create_nameless)
{
	(void)act;
	return try_open(outside, O_WRONLY | O_TMPFILE);
}

ACT(create_shared)
{
	int result = try_open("/dev/shm/filesonly-hostile", O_WRONLY | O_CREAT);

	(void)act;
	unlink("/dev/shm/filesonly-hostile");
	return result;
}

ACT(write_outside)
{
	return try_open(out(act), O_WRONLY | O_APPEND);
}

ACT(truncate_by_open)
{
	return try_open(out(act), O_RDONLY | O_TRUNC);
}

/* For Landlock that is neither to read nor to write. */
ACT(open_unseen)
{
	return try_open(out(act), FD_ACCESS);
}

ACT(truncate_unseen)
{
	return try_open(out(act), FD_ACCESS | O_TRUNC);
}

ACT(truncate_outside)
{
	return truncate(out(act), 1);
}

ACT(unlink_outside)
{
	return unlink(out(act));
}

ACT(unlink_dots)
{
	char path[256];

	snprintf(path, sizeof(path), "../outside/%s", act->name);
	return unlink(path);
}

ACT(rmdir_outside)
{
	return rmdir(out(act));
}

ACT(mkdir_outside)
{
	return mkdir(beside(act), 0777);
}

ACT(symlink_outside)
{
	return symlink("x", beside(act));
}

ACT(fifo_outside)
{
	return mkfifo(beside(act), 0666);
}

ACT(rename_out)
{
	return rename("move", beside(act));
}

ACT(rename_in)
{
	return rename(out(act), "moved");
}

ACT(rename_exchange)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, "exchange", AT_FDCWD,
	    out(act), RENAME_EXCHANGE);
}

ACT(link_in)
{
	return link(out(act), "linked");
}

ACT(link_out)
{
	return link("file", beside(act));
}

ACT(link_pinned)
{
	char path[64];
	int fd = open(out(act), O_PATH);

	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, path, AT_FDCWD, "linked-pinned",
	    AT_SYMLINK_FOLLOW);
}

/* To look at what is there, without reading it. */
ACT(stat_outside)
{
	struct stat st;

	return stat(out(act), &st);
}

ACT(readlink_outside)
{
	char text[64], path[8192];

	(void)act;
	snprintf(path, sizeof(path), "%s/a-link", outside);
	return readlink(path, text, sizeof(text)) < 0 ? -1 : 0;
}

ACT(getxattr_outside)
{
	char value[16];

	return getxattr(out(act), "user.there", value, sizeof(value)) < 0 ? -1
									  : 0;
}

// clang-format off
const struct act file_acts[] = {
	{ "read_path",         FAILS, read_path,         0, 0 },
	{ "read_link",         FAILS, read_link,         0, 0 },
	{ "read_dots",         FAILS, read_dots,         0, 0 },
	{ "read_proc_root",    FAILS, read_proc_root,    0, 0 },
	{ "read_reopened",     FAILS, read_reopened,     0, 0 },
	{ "read_chdir",        FAILS, read_chdir,        0, 0 },
	{ "read_openat2",      FAILS, read_openat2,      0, 0 },
	{ "read_system",       FAILS, read_system,       0, 0 },
	{ "list_outside",      FAILS, list_outside,      0, 0 },
	{ "list_system",       FAILS, list_system,       0, 0 },
	{ "list_above",        FAILS, list_above,        0, 0 },
	{ "list_above_again",  FAILS, list_above_again,  0, 0 },
	{ "read_from_above",   FAILS, read_from_above,   0, 0 },
	{ "unlink_from_above", FAILS, unlink_from_above, 0, 0 },
	{ "chmod_from_above",  FAILS, chmod_from_above,  0, 0 },
	{ "watch_outside",     FAILS, watch_outside,     0, 0 },
	{ "create_outside",    FAILS, create_outside,    0, 0 },
	{ "create_nameless",   MAY,   create_nameless,   0, 0 },
	{ "create_shared",     MAY,   create_shared,     0, 0 },
	{ "write_outside",     FAILS, write_outside,     0, 0 },
	{ "truncate_by_open",  FAILS, truncate_by_open,  0, 0 },
	{ "open_unseen",       FAILS, open_unseen,       0, 0 },
	{ "truncate_unseen",   FAILS, truncate_unseen,   0, 0 },
	{ "truncate_outside",  FAILS, truncate_outside,  0, 0 },
	{ "unlink_outside",    FAILS, unlink_outside,    0, 0 },
	{ "unlink_dots",       FAILS, unlink_dots,       0, 0 },
	{ "rmdir_outside",     FAILS, rmdir_outside,     0, 0 },
	{ "mkdir_outside",     FAILS, mkdir_outside,     0, 0 },
	{ "symlink_outside",   FAILS, symlink_outside,   0, 0 },
	{ "fifo_outside",      FAILS, fifo_outside,      0, 0 },
	{ "rename_out",        FAILS, rename_out,        0, 0 },
	{ "rename_in",         FAILS, rename_in,         0, 0 },
	{ "rename_exchange",   FAILS, rename_exchange,   0, 0 },
	{ "link_in",           FAILS, link_in,           0, 0 },
	{ "link_out",          FAILS, link_out,          0, 0 },
	{ "link_pinned",       FAILS, link_pinned,       0, 0 },
	{ "stat_outside",      LOOKS, stat_outside,      0, 0 },
	{ "readlink_outside",  LOOKS, readlink_outside,  0, 0 },
	{ "getxattr_outside",  LOOKS, getxattr_outside,  0, 0 },
	{ NULL, FAILS, NULL, 0, 0 },
};
// clang-format on
