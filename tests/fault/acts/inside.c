/* What rsync does all the time, and must go on doing. */
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/fault/acts/acts.h"

#define ACT(name) static int name(const struct act *act __attribute__((unused)))

static const struct timespec times[2] = { { 3, 0 }, { 3, 0 } };

ACT(inside_read)
{
	return try_open("file", O_RDONLY);
}

ACT(inside_socketpair)
{
	int ends[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

/* rsync ends its own children. */
ACT(inside_kill)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(1);
	}
	return kill(pid, SIGTERM) == 0 && waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

ACT(inside_create)
{
	return try_open("dir/new", O_WRONLY | O_CREAT);
}

ACT(inside_mkdir)
{
	return mkdir("dir/made", 0755);
}

ACT(inside_symlink)
{
	return symlink("../outside", "dir/linked-out");
}

ACT(inside_rename)
{
	return rename("rename", "dir/renamed");
}

ACT(inside_link)
{
	return link("file", "dir/linked");
}

ACT(inside_remove)
{
	return unlink("remove");
}

ACT(inside_fifo)
{
	return mkfifo("dir/fifo", 0600);
}

ACT(inside_chmod)
{
	return chmod("file", 0640);
}

ACT(inside_chown)
{
	return lchown("file", getuid(), getgid());
}

ACT(inside_times)
{
	return utimensat(AT_FDCWD, "dir", times, AT_SYMLINK_NOFOLLOW);
}

ACT(inside_link_times)
{
	return utimensat(AT_FDCWD, "link", times, AT_SYMLINK_NOFOLLOW);
}

ACT(inside_xattr)
{
	return setxattr("file", "user.a", "b", 1, 0);
}

ACT(inside_xattr_remove)
{
	return lremovexattr("with-xattr", "user.there");
}

ACT(inside_absolute)
{
	char path[4096];

	return getcwd(path, sizeof(path)) == NULL ? -1 : chmod(path, 0755);
}

ACT(inside_fchmod)
{
	return fchmod(open("file", O_RDONLY), 0600);
}

ACT(inside_fchown)
{
	return fchown(open("file", O_RDONLY), getuid(), getgid());
}

ACT(inside_futimens)
{
	return futimens(open("file", O_RDONLY), times);
}

ACT(inside_fsetxattr)
{
	return fsetxattr(open("file", O_RDONLY), "user.c", "b", 1, 0);
}

ACT(inside_fremovexattr)
{
	return fremovexattr(open("with-xattr", O_RDONLY), "user.here");
}

// clang-format off
const struct act inside_acts[] = {
	{ "inside_read",         WORKS,   inside_read,         0, 0 },
	{ "inside_socketpair",   WORKS,   inside_socketpair,   0, 0 },
	{ "inside_kill",         WORKS,   inside_kill,         0, 0 },
	{ "inside_create",       CHANGES, inside_create,       0, 0 },
	{ "inside_mkdir",        CHANGES, inside_mkdir,        0, 0 },
	{ "inside_symlink",      CHANGES, inside_symlink,      0, 0 },
	{ "inside_rename",       CHANGES, inside_rename,       0, 0 },
	{ "inside_link",         CHANGES, inside_link,         0, 0 },
	{ "inside_remove",       CHANGES, inside_remove,       0, 0 },
	{ "inside_fifo",         CHANGES, inside_fifo,         0, 0 },
	{ "inside_chmod",        CHANGES, inside_chmod,        0, 0 },
	{ "inside_chown",        CHANGES, inside_chown,        0, 0 },
	{ "inside_times",        CHANGES, inside_times,        0, 0 },
	{ "inside_link_times",   CHANGES, inside_link_times,   0, 0 },
	{ "inside_xattr",        CHANGES, inside_xattr,        0, 0 },
	{ "inside_xattr_remove", CHANGES, inside_xattr_remove, 0, 0 },
	{ "inside_absolute",     CHANGES, inside_absolute,     0, 0 },
	{ "inside_fchmod",       CHANGES, inside_fchmod,       0, 0 },
	{ "inside_fchown",       CHANGES, inside_fchown,       0, 0 },
	{ "inside_futimens",     CHANGES, inside_futimens,     0, 0 },
	{ "inside_fsetxattr",    CHANGES, inside_fsetxattr,    0, 0 },
	{ "inside_fremovexattr", CHANGES, inside_fremovexattr, 0, 0 },
	{ NULL, FAILS, NULL, 0, 0 },
};
// clang-format on
