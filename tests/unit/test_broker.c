/*
 * The broker carries out what lies in the root and nothing else, whatever
 * the caller says: a child under the real filter makes the calls, we answer.
 */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <cmocka.h>

#include "broker/ancestors.h"
#include "brokered.h"
#include "scratch.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

static struct root root;

/* root/: file, sub/file, links out and in; outside/file. We are in root/. */
static int
set_up(void **state)
{
	(void)state;
	umask(022);
	if (scratch_make(0700) != 0 || mkdir("root", 0755) != 0 ||
	    mkdir("outside", 0755) != 0 || mkdir("root-beside", 0755) != 0 ||
	    mkdir("root/sub", 0755) != 0)
		return -1;
	scratch_put("root/file", "", 0600);
	scratch_put("root/sub/file", "", 0600);
	scratch_put("outside/file", "", 0600);
	scratch_put("root-beside/file", "", 0600);
	if (symlink("../outside/file", "root/out") != 0 ||
	    symlink("../outside", "root/out-dir") != 0 ||
	    symlink("sub/file", "root/in") != 0)
		return -1;
	return chdir("root") != 0 ? -1 : root_open(&root, ".", false);
}

static int
tear_down(void **state)
{
	root_close(&root);
	return scratch_remove(state);
}

/* launcher: the child may execute, else the one pid that never lives. */
static int
ask_as(bool launcher, child_act *act, const void *context)
{
	const struct brokered how = { .filter = FILTER_PROGRAM_BROKERED,
		.root = &root,
		.launcher = launcher };

	return brokered_run(&how, act, context);
}

/* What the child's act returned: an errno, or 0. */
static int
ask(child_act *act, const void *context)
{
	return ask_as(false, act, context);
}

/* Looks at a path by every call there is; what they agree on, or no errno. */
struct look {
	const char *path;
	bool follow;
};

static int
act_look_at(const void *context)
{
	const struct look *look = context;
	int flags = look->follow ? 0 : AT_SYMLINK_NOFOLLOW;
	struct statx stx;
	struct stat st;
	int first = child_errno(
	    syscall(SYS_newfstatat, AT_FDCWD, look->path, &st, flags));

#ifdef SYS_lstat
	if (child_errno(syscall(look->follow ? SYS_stat : SYS_lstat, look->path,
		&st)) != first)
		return CHILD_FAILED;
#endif
	if (child_errno(syscall(SYS_statx, AT_FDCWD, look->path, flags,
		STATX_ALL, &stx)) != first)
		return CHILD_FAILED;
	return first;
}

static int
act_look_at_open_file(const void *context)
{
	int fd = open(context, O_RDONLY | O_CLOEXEC);
	struct stat st;

	return fd < 0 ? errno : child_errno(fstat(fd, &st));
}

static void
what_is_looked_at_lies_in_the_root(void **state)
{
	static const struct {
		struct look look;
		int wanted;
	} rows[] = {
		{ { "file", true }, 0 },
		{ { "sub/../sub/file", false }, 0 },
		{ { ".", true }, 0 },
		{ { "in", true }, 0 },
		{ { "out", false }, 0 }, /* the link itself */
		{ { "out-dir", false }, 0 },
		{ { "none", true }, ENOENT },
		{ { "file/none", true }, ENOTDIR },
		{ { "", true }, ENOENT },
		{ { "out", true }, ENOENT },
		{ { "out-dir/", false }, ENOENT },
		{ { "out-dir/file", false }, ENOENT },
		{ { "out-dir/none", false }, ENOENT },
		{ { "../outside/file", false }, ENOENT },
		{ { "../root-beside/file", false }, ENOENT },
		{ { "/etc/passwd", true }, ENOENT },
	};
	static const enum filter filters[] = { FILTER_PROGRAM_LOOKS,
		FILTER_PROGRAM_LOOKS_READ_ONLY };
	struct brokered how = { .root = &root };

	(void)state;
	/* Control: another filter lets it look there. */
	how.filter = FILTER_PROGRAM_BROKERED;
	assert_int_equal(brokered_run(&how, act_look_at,
			     &(struct look){ "out-dir/file", false }),
	    0);
	for (size_t f = 0; f < sizeof(filters) / sizeof(*filters); f++) {
		how.filter = filters[f];
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
			int got =
			    brokered_run(&how, act_look_at, &rows[i].look);

			if (got != rows[i].wanted)
				fail_msg("%s: %d, not %d", rows[i].look.path,
				    got, rows[i].wanted);
		}
		assert_int_equal(brokered_run(&how, act_look_at_open_file,
				     "out"),
		    0);
	}
}

/* On its way from "/" to the root rsync looks at each directory. */
static void
what_lies_above_the_root_may_be_looked_at(void **state)
{
	const struct look above = { "..", true };
	struct ancestors ancestors;
	struct brokered how = { .filter = FILTER_PROGRAM_LOOKS,
		.root = &root,
		.ancestors = &ancestors };

	(void)state;
	ancestors_open(&ancestors, root.fd);
	assert_int_equal(brokered_run(&how, act_look_at, &above), 0);
	ancestors_close(&ancestors);
	how.ancestors = NULL;
	assert_int_equal(brokered_run(&how, act_look_at, &above), ENOENT);
}

/* Makes one call on a path; the effects are these, so that they can be seen. */
enum { NEW_MODE = 0640, NEW_TIME = 1000000000 };

struct target {
	long call;
	const char *path;
};

static const struct timespec new_times[2] = { { NEW_TIME, 0 },
	{ NEW_TIME, 0 } };
#ifdef SYS_utimes
static const struct timeval new_times_coarse[2] = { { NEW_TIME, 0 },
	{ NEW_TIME, 0 } };
#endif

static int
act_call(const void *context)
{
	const struct target *target = context;
	const char *path = target->path;

	switch (target->call) {
#ifdef SYS_chmod
	case SYS_chmod:
		return child_errno(syscall(SYS_chmod, path, NEW_MODE));
	case SYS_chown:
	case SYS_lchown:
		return child_errno(
		    syscall(target->call, path, getuid(), getgid()));
	case SYS_utimes:
		return child_errno(syscall(SYS_utimes, path, new_times_coarse));
	case SYS_futimesat:
		return child_errno(
		    syscall(SYS_futimesat, AT_FDCWD, path, new_times_coarse));
#endif
	case SYS_fchmodat:
		return child_errno(
		    syscall(SYS_fchmodat, AT_FDCWD, path, NEW_MODE));
	case SYS_fchmodat2:
		return child_errno(
		    syscall(SYS_fchmodat2, AT_FDCWD, path, NEW_MODE, 0));
	case SYS_fchownat:
		return child_errno(syscall(SYS_fchownat, AT_FDCWD, path,
		    getuid(), getgid(), 0));
	case SYS_utimensat:
		return child_errno(
		    syscall(SYS_utimensat, AT_FDCWD, path, new_times, 0));
	case SYS_setxattr:
	case SYS_lsetxattr:
		return child_errno(
		    syscall(target->call, path, "user.new", "value", 5L, 0L));
	case SYS_removexattr:
	case SYS_lremovexattr:
		return child_errno(syscall(target->call, path, "user.old"));
	default:
		return CHILD_FAILED;
	}
}

static const long calls[] = {
#ifdef SYS_chmod
	SYS_chmod, SYS_chown, SYS_lchown, SYS_utimes, SYS_futimesat,
#endif
	SYS_fchmodat, SYS_fchmodat2, SYS_fchownat, SYS_utimensat, SYS_setxattr,
	SYS_lsetxattr, SYS_removexattr, SYS_lremovexattr
};

/* arm64 and later machines have no such call. */
static bool
is_lchown(long act)
{
#ifdef SYS_lchown
	return act == SYS_lchown;
#else
	(void)act;
	return false;
#endif
}

static bool
is_attribute(long act)
{
	return act == SYS_setxattr || act == SYS_lsetxattr ||
	       act == SYS_removexattr || act == SYS_lremovexattr;
}

/* A file in the state from which each call changes something to be seen. */
static bool
reset(const char *path)
{
	static const struct timespec old[2] = { { 1, 0 }, { 1, 0 } };

	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	removexattr(path, "user.new");
	return setxattr(path, "user.old", "old", 3, 0) == 0;
}

/* Is the call's effect there? chown to ourselves shows in the ctime alone. */
static bool
has_effect(long act, const char *path, const struct stat *before)
{
	struct stat st;
	char value[16];

	assert_int_equal(stat(path, &st), 0);
	if (act == SYS_setxattr || act == SYS_lsetxattr)
		return getxattr(path, "user.new", value, sizeof(value)) == 5;
	if (act == SYS_removexattr || act == SYS_lremovexattr)
		return getxattr(path, "user.old", value, sizeof(value)) < 0;
	if (st.st_mtime != before->st_mtime)
		return st.st_mtime == NEW_TIME;
	if (st.st_mode != before->st_mode)
		return (st.st_mode & 07777) == NEW_MODE;
	return st.st_ctim.tv_sec != before->st_ctim.tv_sec ||
	       st.st_ctim.tv_nsec != before->st_ctim.tv_nsec;
}

static void
each_call_is_carried_out_in_the_root(void **state)
{
	static const char *const paths[] = { "file", "./sub/../file",
		"sub/file", "in" };

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		for (size_t p = 0; p < 4; p++) {
			struct target target = { calls[i], paths[p] };
			bool attributes = reset(target.path);
			struct stat before;

			/* lsetxattr means a link itself, which has none. */
			if (is_attribute(calls[i]) &&
			    (!attributes || strcmp(paths[p], "in") == 0))
				continue;
			usleep(5000); /* a step of the file system's clock */
			assert_int_equal(stat(target.path, &before), 0);
			if (ask(act_call, &target) != 0)
				fail_msg("call %ld on %s", calls[i], paths[p]);
			if (!is_lchown(calls[i]) &&
			    !has_effect(calls[i], target.path, &before))
				fail_msg("call %ld on %s: no effect", calls[i],
				    paths[p]);
		}
	}
}

static void
each_call_is_refused_outside_the_root(void **state)
{
	char absolute[96], beside[96], by_proc[128];
	/* Nothing of the machine's: were it not refused, it would be done. */
	const char *const paths[] = { "../outside/file", "out", "out-dir/file",
		"sub/../../outside/file", absolute, beside, "..", by_proc };

	(void)state;
	snprintf(absolute, sizeof(absolute), "%s/outside/file", top);
	snprintf(by_proc, sizeof(by_proc), "/proc/self/root%s", absolute);
	/* A name that begins as the root's is not in it. */
	snprintf(beside, sizeof(beside), "%s/root-beside/file", top);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		for (size_t p = 0; p < sizeof(paths) / sizeof(paths[0]); p++) {
			struct target target = { calls[i], paths[p] };
			struct stat before, after;
			int result;

			/* The link itself lies in the root. */
			if (strcmp(paths[p], "out") == 0 &&
			    (is_lchown(calls[i]) || calls[i] == SYS_lsetxattr ||
				calls[i] == SYS_lremovexattr))
				continue;
			reset("../outside/file");
			reset("../root-beside/file");
			assert_int_equal(stat("../outside/file", &before), 0);
			result = ask(act_call, &target);
			if (result != EACCES)
				fail_msg("call %ld on %s: %d", calls[i],
				    paths[p], result);
			assert_int_equal(stat("../outside/file", &after), 0);
			assert_memory_equal(&before, &after, sizeof(before));
		}
	}
}

static int
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

/* chmod of a descriptor's path in /proc, as libc's lchmod does it. */
static int
act_by_descriptor(const void *context)
{
	int fd = open(context, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char path[32];

	/* Where ours has 0 to 2, to be sure whose are meant. */
	if (fd < 0 || dup2(fd, 1) != 1)
		return CHILD_FAILED;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", 1);
	return child_errno(syscall(SYS_fchmodat, AT_FDCWD, path, NEW_MODE));
}

static void
self_is_the_caller(void **state)
{
	(void)state;
	assert_int_equal(ask(act_by_descriptor, "file"), 0);
	assert_int_equal(mode_of("file"), NEW_MODE);
	assert_int_equal(ask(act_by_descriptor, "../outside/file"), EACCES);
	assert_int_equal(mode_of("../outside/file"), 0600);
	/* chmod has no meaning for a symlink. */
	assert_int_equal(ask(act_by_descriptor, "out"), EOPNOTSUPP);
}

/* A name in a directory that the caller has open, as rsync puts it. */
struct beside {
	const char *directory;
	const char *rest; /* behind "/proc/self/fd/N" */
};

static int
act_beside_descriptor(const void *context)
{
	const struct beside *beside = context;
	int fd = open(beside->directory, O_PATH | O_CLOEXEC);
	char path[64];

	if (fd < 0 || dup2(fd, 1) != 1)
		return CHILD_FAILED;
	snprintf(path, sizeof(path), "/proc/self/fd/1%s", beside->rest);
	return child_errno(syscall(SYS_fchmodat, AT_FDCWD, path, NEW_MODE));
}

static void
self_is_the_caller_in_front_of_a_name(void **state)
{
	static const struct {
		struct beside beside;
		int result;
	} rows[] = {
		{ { "sub", "/file" }, 0 },
		{ { "sub", "//./file" }, 0 },
		{ { "sub", "/../file" }, 0 },
		{ { ".", "/in" }, 0 },
		{ { "sub", "/" }, 0 },
		{ { "sub", "/missing" }, ENOENT },
		{ { "file", "/file" }, ENOTDIR },
		{ { "file", "/" }, ENOTDIR },
		{ { ".", "/out" }, EACCES },
		{ { "../outside", "/file" }, EACCES },
		{ { "sub", "/../../outside/file" }, EACCES },
		{ { ".", "7/file" }, EBADF },
		{ { ".", "x/file" }, ENOENT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int result = ask(act_beside_descriptor, &rows[i].beside);

		if (result != rows[i].result)
			fail_msg("row %zu: %d", i, result);
	}
	assert_int_equal(mode_of("sub/file"), NEW_MODE);
	assert_int_equal(mode_of("../outside/file"), 0600);
}

/* What libc makes of lchmod, however it does it. */
static int
act_lchmod(const void *context)
{
	return child_errno(
	    fchmodat(AT_FDCWD, context, NEW_MODE, AT_SYMLINK_NOFOLLOW));
}

static void
libcs_lchmod_works(void **state)
{
	(void)state;
	assert_int_equal(ask(act_lchmod, "file"), 0);
	assert_int_equal(mode_of("file"), NEW_MODE);
	assert_int_equal(ask(act_lchmod, "out"), EOPNOTSUPP);
	assert_int_equal(mode_of("../outside/file"), 0600);
}

struct at {
	const char *directory; /* opened, or NULL: a closed descriptor */
	const char *path;
	int flags;
};

static int
act_at(const void *context)
{
	const struct at *at = context;
	int fd = 999;

	if (at->directory != NULL)
		fd = open(at->directory, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return CHILD_FAILED;
	return child_errno(
	    syscall(SYS_fchownat, fd, at->path, getuid(), getgid(), at->flags));
}

static const struct {
	struct at at;
	int result;
} at_rows[] = {
	{ { "sub", "file", 0 }, 0 },
	{ { "sub", "../file", 0 }, 0 },
	{ { "sub", "../../outside/file", 0 }, EACCES },
	{ { "../outside", "file", 0 }, EACCES },
	{ { "../outside", "../root/file", 0 }, 0 },
	{ { "file", "", AT_EMPTY_PATH }, 0 },
	{ { "../outside/file", "", AT_EMPTY_PATH }, EACCES },
	{ { "file", "", 0 }, ENOENT },
	{ { "file", "x", 0 }, ENOTDIR },
	{ { "sub", "missing", 0 }, ENOENT },
	{ { NULL, "file", 0 }, EBADF },
	{ { NULL, "", AT_EMPTY_PATH }, EBADF },
	{ { ".", "out", AT_SYMLINK_NOFOLLOW }, 0 },
	{ { ".", "out", 0 }, EACCES },
	{ { ".", "out-dir/file", AT_SYMLINK_NOFOLLOW }, EACCES },
	{ { ".", "file", 0x10000 }, EINVAL },
	{ { ".", "file", AT_SYMLINK_FOLLOW }, EINVAL },
};

static void
paths_start_from_the_callers_directory(void **state)
{

	(void)state;
	for (size_t i = 0; i < sizeof(at_rows) / sizeof(at_rows[0]); i++) {
		int result = ask(act_at, &at_rows[i].at);

		if (result != at_rows[i].result)
			fail_msg("row %zu: %d", i, result);
	}
}

/* As in a container whose filter knows no pidfd_getfd. */
static int
act_without_pidfds(const void *context)
{
	struct root ours; /* whose /proc/self is this process's */
	const struct brokered how = { .filter = FILTER_PROGRAM_BROKERED,
		.root = &ours };

	(void)context;
	if (root_open(&ours, ".", false) != 0 ||
	    child_lacks(SYS_pidfd_getfd, EPERM) != 0)
		return CHILD_FAILED;
	for (size_t i = 0; i < sizeof(at_rows) / sizeof(at_rows[0]); i++) {
		if (brokered_run(&how, act_at, &at_rows[i].at) !=
		    at_rows[i].result)
			return (int)i + 1;
	}
	return 0;
}

static void
descriptors_are_found_without_pidfds_too(void **state)
{
	(void)state;
	assert_int_equal(child_run(0, act_without_pidfds, NULL), 0);
}

static int
act_from_elsewhere(const void *context)
{
	if (chdir("sub") != 0)
		return CHILD_FAILED;
	return child_errno(syscall(SYS_fchmodat, AT_FDCWD, context, NEW_MODE));
}

static void
working_directory_is_the_callers(void **state)
{
	(void)state;
	assert_int_equal(ask(act_from_elsewhere, "file"), 0);
	assert_int_equal(mode_of("sub/file"), NEW_MODE);
	assert_int_equal(mode_of("file"), 0600);
}

enum memory {
	NOT_MAPPED,
	NO_NUL,        /* PATH_MAX bytes of a name that goes on */
	NO_NUL_AT_END, /* ... that runs into what is not mapped */
	AT_THE_END,    /* a good name whose NUL is the mapping's last byte */
	BAD_TIMES,
	WILD_TIMES,
	NO_TIMES,
	HUGE_VALUE,
	LONG_NAME,
};

static char *
two_pages_of_one(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED || munmap(page + 4096, 4096) != 0 ? NULL
								    : page;
}

static int
act_memory(const void *context)
{
	static char long_text[PATH_MAX + 100];
	static const struct timeval wild[2] = { { 0, 1000000 }, { 0, 0 } };
	char *page = two_pages_of_one();

	if (page == NULL)
		return CHILD_FAILED;
	memset(long_text, 'n', sizeof(long_text) - 1);
	switch (*(const enum memory *)context) {
	case NOT_MAPPED:
		return child_errno(
		    syscall(SYS_fchmodat, AT_FDCWD, page + 4096, NEW_MODE));
	case NO_NUL:
		return child_errno(
		    syscall(SYS_fchmodat, AT_FDCWD, long_text, NEW_MODE));
	case NO_NUL_AT_END:
		memset(page, 'n', 4096);
		return child_errno(
		    syscall(SYS_fchmodat, AT_FDCWD, page + 4000, NEW_MODE));
	case AT_THE_END:
		memcpy(page + 4091, "file", 5);
		return child_errno(
		    syscall(SYS_fchmodat, AT_FDCWD, page + 4091, NEW_MODE));
	case BAD_TIMES:
		return child_errno(
		    syscall(SYS_utimensat, AT_FDCWD, "file", page + 4095, 0));
	case WILD_TIMES:
#ifdef SYS_utimes
		return child_errno(syscall(SYS_utimes, "file", wild));
#else
		(void)wild;
		return EINVAL;
#endif
	case NO_TIMES:
		return child_errno(
		    syscall(SYS_utimensat, AT_FDCWD, "file", NULL, 0));
	case HUGE_VALUE:
		return child_errno(syscall(SYS_setxattr, "file", "user.new",
		    long_text, 64L * 1024 + 1, 0L));
	case LONG_NAME:
		return child_errno(
		    syscall(SYS_setxattr, "file", long_text, "", 0L, 0L));
	}
	return CHILD_FAILED;
}

static void
memory_is_read_with_care(void **state)
{
	static const struct {
		enum memory memory;
		int result;
	} rows[] = {
		{ NOT_MAPPED, EFAULT },
		{ NO_NUL, ENAMETOOLONG },
		{ NO_NUL_AT_END, EFAULT },
		{ AT_THE_END, 0 },
		{ BAD_TIMES, EFAULT },
		{ WILD_TIMES, EINVAL },
		{ NO_TIMES, 0 },
		{ HUGE_VALUE, E2BIG },
		{ LONG_NAME, ERANGE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int result = ask(act_memory, &rows[i].memory);

		if (result != rows[i].result)
			fail_msg("row %zu: %d", i, result);
	}
	assert_int_equal(mode_of("file"), NEW_MODE);
}

static int
act_execute(const void *context)
{
	char *argv[] = { strdup("true"), NULL }, *envp[] = { NULL };

	(void)context;
	execve("/bin/true", argv, envp);
	return errno;
}

/* In a new process, which is not the launcher. */
static int
act_execute_in_child(const void *context)
{
	return child_run(0, act_execute, context);
}

/* After the launcher's own, which has failed, there is no second. */
static int
act_execute_twice(const void *context)
{
	char *argv[] = { strdup("x"), NULL }, *envp[] = { NULL };

	execve("/nonexistent", argv, envp);
	return errno == ENOENT ? act_execute(context) : CHILD_FAILED;
}

static void
only_the_launchers_first_execve_passes(void **state)
{
	(void)state;
	assert_int_equal(ask_as(true, act_execute, NULL), 0);
	assert_int_equal(ask_as(false, act_execute, NULL), EPERM);
	assert_int_equal(ask_as(true, act_execute_in_child, NULL), EPERM);
	assert_int_equal(ask_as(true, act_execute_twice, NULL), EPERM);
}

static void
without_a_listener_there_is_nothing_to_serve(void **state)
{
	struct broker broker;

	(void)state;
	assert_int_equal(broker_open(&broker,
			     &(struct broker_parts){ .listener = -1,
				 .root = &root,
				 .launcher = 1 }),
	    0);
	assert_int_equal(broker.listener, -1);
	broker_close(&broker);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_is_looked_at_lies_in_the_root),
		TEST(what_lies_above_the_root_may_be_looked_at),
		TEST(each_call_is_carried_out_in_the_root),
		TEST(each_call_is_refused_outside_the_root),
		TEST(self_is_the_caller),
		TEST(self_is_the_caller_in_front_of_a_name),
		TEST(libcs_lchmod_works),
		TEST(paths_start_from_the_callers_directory),
		TEST(descriptors_are_found_without_pidfds_too),
		TEST(working_directory_is_the_callers),
		TEST(memory_is_read_with_care),
		TEST(only_the_launchers_first_execve_passes),
		TEST(without_a_listener_there_is_nothing_to_serve),
	};

	return cmocka_run_group_tests_name("broker", tests, NULL, NULL);
}
