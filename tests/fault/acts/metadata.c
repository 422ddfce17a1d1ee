/*
 * Mode, owner, times and attributes of what lies outside: each of these
 * calls, by each way that leads there. Landlock mediates none of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include "base/fd.h"
#include "tests/fault/acts/acts.h"

enum op { CHMOD, CHOWN, UTIMES, SETXATTR, REMOVEXATTR };

/* fd and path as of an *at call, or path NULL: the descriptor itself. */
static int
by_name(enum op op, int fd, const char *path, int flags)
{
	const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };
	const struct {
		uint64_t value;
		uint32_t size, flags;
	} args = { (uint64_t)(uintptr_t) "x", 1, 0 };

	switch (op) {
	case CHMOD:
		return flags == 0 ? fchmodat(fd, path, 0640, 0)
				  : (int)syscall(452, fd, path, 0640, flags);
	case CHOWN:
		return fchownat(fd, path, (uid_t)-1, getgid(), flags);
	case UTIMES:
		return utimensat(fd, path, times, flags);
	case SETXATTR:
		if (fd == AT_FDCWD)
			return setxattr(path, "user.new", "x", 1, 0);
		return (int)syscall(463, fd, path, flags, "user.new", &args,
		    sizeof(args));
	case REMOVEXATTR:
		if (fd == AT_FDCWD)
			return removexattr(path, "user.there");
		return (int)syscall(466, fd, path, flags, "user.there");
	}
	return -1;
}

static int
by_descriptor(enum op op, int fd)
{
	const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };

	switch (op) {
	case CHMOD:
		return fchmod(fd, 0640);
	case CHOWN:
		return fchown(fd, (uid_t)-1, getgid());
	case UTIMES:
		return futimens(fd, times);
	case SETXATTR:
		return fsetxattr(fd, "user.new", "x", 1, 0);
	case REMOVEXATTR:
		return fremovexattr(fd, "user.there");
	}
	return -1;
}

enum way {
	BY_PATH,
	BY_DOTS,
	BY_LINK,
	BY_PROC_FD,
	BY_PROC_ROOT,
	AT_DIRECTORY,
	AT_EMPTY,
	BY_CHDIR,
	BY_RENAMED_CWD,
	BY_DESCRIPTOR,
	BY_UNSEEN,
};

/* Goes down, and is moved deeper: the same ".." lead elsewhere. */
static int
go_deeper(const struct act *act)
{
	char from[256], to[256];

	snprintf(from, sizeof(from), "cwd-%s", act->name);
	snprintf(to, sizeof(to), "deep/er/cwd-%s", act->name);
	if (mkdir(from, 0777) != 0 || chdir(from) != 0)
		return -1;
	snprintf(from, sizeof(from), "../cwd-%s", act->name);
	snprintf(to, sizeof(to), "../deep/er/cwd-%s", act->name);
	return rename(from, to);
}

static int
run(const struct act *act)
{
	enum op op = (enum op)act->op;
	char path[8300];
	int fd;

	snprintf(path, sizeof(path), "%s", out(act));
	switch ((enum way)act->way) {
	case BY_PATH:
		break;
	case BY_DOTS:
		snprintf(path, sizeof(path), "../outside/%s", act->name);
		break;
	case BY_LINK:
		snprintf(path, sizeof(path), "link/%s", act->name);
		break;
	case BY_PROC_FD:
		snprintf(path, sizeof(path), "/proc/self/fd/%d",
		    open(out(act), O_PATH));
		break;
	case BY_PROC_ROOT:
		snprintf(path, sizeof(path), "/proc/self/root%s", out(act));
		break;
	case AT_DIRECTORY:
		fd = open(outside, O_PATH);
		return fd < 0 ? -1 : by_name(op, fd, act->name, 0);
	case AT_EMPTY:
		fd = open(out(act), O_PATH);
		return fd < 0 ? -1 : by_name(op, fd, "", AT_EMPTY_PATH);
	case BY_CHDIR:
		if (chdir(outside) != 0)
			return -1;
		snprintf(path, sizeof(path), "%s", act->name);
		break;
	case BY_RENAMED_CWD:
		if (go_deeper(act) != 0)
			return -1;
		snprintf(path, sizeof(path), "../../../../outside/%s",
		    act->name);
		break;
	case BY_DESCRIPTOR:
		fd = open(out(act), O_RDONLY);
		return fd < 0 ? -1 : by_descriptor(op, fd);
	case BY_UNSEEN: /* neither to read nor to write */
		fd = open(out(act), FD_ACCESS);
		return fd < 0 ? -1 : by_descriptor(op, fd);
	}
	return by_name(op, AT_FDCWD, path, 0);
}

/* --- older and rarer calls ------------------------------------------------ */

static int
chmod_old(const struct act *act)
{
	return chmod(out(act), 0640);
}

static int
lchown_path(const struct act *act)
{
	return lchown(out(act), getuid(), (gid_t)-1);
}

static int
utimes_old(const struct act *act)
{
	const struct timeval times[2] = { { 2, 0 }, { 2, 0 } };

	return utimes(out(act), times);
}

static int
utime_oldest(const struct act *act)
{
	const struct utimbuf times = { 2, 2 };

#ifdef SYS_utime
	return (int)syscall(SYS_utime, out(act), &times);
#else
	return utime(out(act), &times);
#endif
}

static int
futimesat_old(const struct act *act)
{
	const struct timeval times[2] = { { 2, 0 }, { 2, 0 } };

#ifdef SYS_futimesat
	return (int)syscall(SYS_futimesat, AT_FDCWD, out(act), times);
#else
	return futimesat(AT_FDCWD, out(act), times);
#endif
}

static int
lsetxattr_path(const struct act *act)
{
	return lsetxattr(out(act), "user.new", "x", 1, 0);
}

static int
lremovexattr_path(const struct act *act)
{
	return lremovexattr(out(act), "user.there");
}

static int
set_flags(const struct act *act)
{
	const uint64_t attr[5] = { 0x40 /* nodump */, 0, 0, 0, 0 };

	return (int)syscall(469, AT_FDCWD, out(act), attr, 24UL, 0);
}

/* --- what it may read outside: its own program ---------------------------- */

static int
program_chmod(const struct act *act)
{
	int fd = open((const char *)getauxval(AT_EXECFN), O_RDONLY);
	struct stat st;

	(void)act;
	return fstat(fd, &st) != 0 ? -1 : fchmod(fd, st.st_mode & 07777);
}

static int
program_set(const struct act *act)
{
	return by_descriptor((enum op)act->op,
	    open((const char *)getauxval(AT_EXECFN), O_RDONLY));
}

// clang-format off
#define WAYS(name, op) \
	{ name "_path",         FAILS, run, op, BY_PATH }, \
	{ name "_dots",         FAILS, run, op, BY_DOTS }, \
	{ name "_link",         FAILS, run, op, BY_LINK }, \
	{ name "_proc_fd",      FAILS, run, op, BY_PROC_FD }, \
	{ name "_proc_root",    FAILS, run, op, BY_PROC_ROOT }, \
	{ name "_at",           MAY,   run, op, AT_DIRECTORY }, \
	{ name "_empty",        MAY,   run, op, AT_EMPTY }, \
	{ name "_chdir",        FAILS, run, op, BY_CHDIR }, \
	{ name "_renamed_cwd",  FAILS, run, op, BY_RENAMED_CWD }, \
	{ name "_descriptor",   FAILS, run, op, BY_DESCRIPTOR }, \
	{ name "_unseen",       FAILS, run, op, BY_UNSEEN }

const struct act metadata_acts[] = {
	WAYS("chmod", CHMOD),
	WAYS("chown", CHOWN),
	WAYS("utimes", UTIMES),
	WAYS("setxattr", SETXATTR),
	WAYS("removexattr", REMOVEXATTR),
	{ "chmod_old",         FAILS, chmod_old,         0, 0 },
	{ "lchown_path",       FAILS, lchown_path,       0, 0 },
	{ "utimes_old",        FAILS, utimes_old,        0, 0 },
	{ "utime_oldest",      FAILS, utime_oldest,      0, 0 },
	{ "futimesat_old",     FAILS, futimesat_old,     0, 0 },
	{ "lsetxattr_path",    FAILS, lsetxattr_path,    0, 0 },
	{ "lremovexattr_path", FAILS, lremovexattr_path, 0, 0 },
	{ "set_flags",         MAY,   set_flags,         0, 0 },
	{ "program_chmod",     ROOT,  program_chmod,     0, 0 },
	{ "program_chown",     ROOT,  program_set,       CHOWN, 0 },
	{ "program_utimes",    ROOT,  program_set,       UTIMES, 0 },
	{ "program_setxattr",  MAY,   program_set,       SETXATTR, 0 },
	{ NULL, FAILS, NULL, 0, 0 },
};
// clang-format on
