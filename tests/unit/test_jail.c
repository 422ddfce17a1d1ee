/*
 * The jail of internal subsystems, from inside: what a server that was taken
 * over could still do. Each act is seen to work before the jail is entered.
 */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <cmocka.h>

#include "child.h"
#include "confine/jail.h"
#include "confine/means.h"
#include "confine/landlock.h"
#include "program/program.h"
#include "root/root.h"
#include "sanitized.h"
#include "scratch.h"

enum { ROOT = 0, ORDINARY = 1, NOT_ENTERED = 200, NO_CONTROL = 201 };

/*
 * How the machine's mounts are: shared, as systemd makes them, so that root
 * has a copy that follows; or private, so that it has the directory itself.
 */
static unsigned long mounts = MS_SHARED;

/* Sanitized builds need more calls: there the rest is an error. */
#define FORBIDDEN (SANITIZED ? EPERM : CHILD_DIED + SIGSYS)

/* One act: returns 0 or errno. fd is the root's file "f", open to read. */
typedef int act(const struct root *root, int fd);

struct visit {
	enum mode mode;
	act *act;
	bool fails_before; /* the act has no control: it can't be undone */
	bool no_landlock;  /* the kernel has none */
};

/* root/ with a file and, for us as root, a device; outside/secret. */
static int
setup(void **state)
{
	(void)state;
	umask(0);
	if (scratch_make(0755) != 0 || mkdir("root", 0777) != 0 ||
	    mkdir("outside", 0777) != 0)
		return -1;
	scratch_put("root/f", "text", 0666);
	scratch_put("outside/secret", "text", 0666);
	if (geteuid() != 0)
		return 0;
	/* The ordinary user's own. */
	if (chown("root/f", NOBODY, NOBODY) != 0 ||
	    chown("outside/secret", NOBODY, NOBODY) != 0)
		return -1;
	return mknod("root/zero", S_IFCHR | 0666, makedev(1, 5));
}

static int
teardown(void **state)
{
	(void)state;
	unlink("root/zero");
	unlink("root/f");
	unlink("root/new");
	unlink("outside/secret");
	return rmdir("root") != 0 || rmdir("outside") != 0 ? -1
							   : scratch_rmdir();
}

static int
have_mounts(void)
{
	if (geteuid() != 0)
		return 0;
	return unshare(CLONE_NEWNS) != 0 ||
		       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		       mount(NULL, "/", NULL, MS_REC | mounts, NULL) != 0
		   ? -1
		   : 0;
}

static int
visit_act(const void *context)
{
	const struct visit *visit = context;
	struct policy policy;
	struct means means;
	struct jail_plan plan = { .profile = JAIL_FILES,
		.means = &means,
		.policy = &policy };
	struct jail_report report;
	struct root root;
	int fd;

	policy_init(&policy);
	policy.mode = visit->mode;
	if (have_mounts() != 0 || root_open(&root, "root", false) != 0)
		return CHILD_FAILED;
	if (visit->no_landlock && child_lacks(444, ENOSYS) != 0)
		return CHILD_FAILED;
	fd = open("root/f", O_RDONLY | O_CLOEXEC);
	plan.root = &root;
	means_choose(&means, &policy, JAIL_FILES);
	if (fd < 0 || (!visit->fails_before && visit->act(&root, fd) != 0))
		return NO_CONTROL;
	if (jail_enter(&plan, &report) != 0) {
		fprintf(stderr, "%s\n", report.lack);
		return NOT_ENTERED;
	}
	return visit->act(&root, fd);
}

static void
expect_of_root(const struct visit *visit, unsigned long how, int result)
{
	if (geteuid() != 0)
		return;
	mounts = how;
	assert_int_equal(child_run(ROOT, visit_act, visit), result);
}

static bool
has_landlock(void)
{
	return landlock_abi() >= LANDLOCK_ABI_MIN;
}

/*
 * root and an ordinary user where we are root, else ours. Without Landlock both
 * are in a namespace.
 */
static void
expect(const struct visit *visit, int for_root, int for_user)
{
	expect_of_root(visit, MS_SHARED, for_root);
	if (!has_landlock()) {
		expect_of_root(visit, MS_PRIVATE, for_root);
		assert_int_equal(child_run(ORDINARY, visit_act, visit),
		    for_root);
		return;
	}
	/* In the directory itself the mode is Landlock's to hold. */
	expect_of_root(visit, MS_PRIVATE,
	    for_root == EROFS ? EACCES : for_root);
	assert_int_equal(child_run(ORDINARY, visit_act, visit), for_user);
}

static int
open2(int dir, const char *path, uint64_t flags)
{
	const struct {
		uint64_t flags, mode, resolve;
	} how = { flags, (flags & O_CREAT) ? 0666 : 0, 0 };
	int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static const char *
outside_path(void)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/outside/secret", top);
	return path;
}

/* --- files ---------------------------------------------------------------- */

/* Without any RESOLVE flag: our own code has been taken over. */
static int
read_outside(const struct root *root, int fd)
{
	(void)root;
	(void)fd;
	return open2(AT_FDCWD, outside_path(), O_RDONLY);
}

static int
write_outside(const struct root *root, int fd)
{
	(void)root;
	(void)fd;
	return open2(AT_FDCWD, outside_path(), O_WRONLY);
}

static int
link_outside(const struct root *root, int fd)
{
	int result =
	    child_errno(linkat(AT_FDCWD, outside_path(), root->fd, "new", 0));

	(void)fd;
	return result != 0 ? result : child_errno(unlinkat(root->fd, "new", 0));
}

static int
read_inside(const struct root *root, int fd)
{
	(void)fd;
	return open2(root->fd, "f", O_RDONLY);
}

static int
list_inside(const struct root *root, int fd)
{
	(void)fd;
	return open2(root->fd, ".", O_RDONLY | O_DIRECTORY);
}

static int
write_inside(const struct root *root, int fd)
{
	(void)fd;
	return open2(root->fd, "f", O_WRONLY);
}

static int
open_device(const struct root *root, int fd)
{
	(void)fd;
	return open2(root->fd, "zero", O_RDWR);
}

static void
nothing_outside_is_opened(void **state)
{
	const struct visit reads = { .mode = MODE_READ_WRITE,
		.act = read_outside };
	const struct visit writes = { .mode = MODE_READ_WRITE,
		.act = write_outside };

	(void)state;
	expect(&reads, ENOENT, EACCES);
	expect(&writes, ENOENT, EACCES);
}

static void
nothing_outside_is_linked_in(void **state)
{
	const struct visit links = { .mode = MODE_READ_WRITE,
		.act = link_outside };

	(void)state;
	expect(&links, ENOENT, EXDEV);
}

static void
the_root_is_open(void **state)
{
	const struct visit reads = { .mode = MODE_READ_WRITE,
		.act = read_inside };
	const struct visit lists = { .mode = MODE_READ_WRITE,
		.act = list_inside };
	const struct visit writes = { .mode = MODE_READ_WRITE,
		.act = write_inside };

	(void)state;
	expect(&reads, 0, 0);
	expect(&lists, 0, 0);
	expect(&writes, 0, 0);
}

static void
read_only_opens_nothing_to_write(void **state)
{
	const struct visit reads = { .mode = MODE_READ_ONLY,
		.act = read_inside };
	const struct visit writes = { .mode = MODE_READ_ONLY,
		.act = write_inside };

	(void)state;
	expect(&reads, 0, 0);
	expect(&writes, EROFS, EACCES);
}

static void
write_only_opens_nothing_to_read(void **state)
{
	const struct visit reads = { .mode = MODE_WRITE_ONLY,
		.act = read_inside };
	const struct visit lists = { .mode = MODE_WRITE_ONLY,
		.act = list_inside };
	const struct visit writes = { .mode = MODE_WRITE_ONLY,
		.act = write_inside };

	(void)state;
	expect(&writes, 0, 0);
	/* Else the server's own checks hold it. */
	if (!has_landlock())
		skip();
	expect(&reads, EACCES, EACCES);
	expect(&lists, EACCES, EACCES);
}

static void
devices_are_dead_for_root(void **state)
{
	const struct visit opens = { .mode = MODE_READ_WRITE,
		.act = open_device };

	(void)state;
	if (geteuid() != 0)
		skip();
	expect_of_root(&opens, MS_SHARED, EACCES);
}

/* From a descriptor that is kept, by "..": Landlock may be missing. */
static int
leave_by_proc(const struct root *root, int fd)
{
	(void)fd;
	return open2(root->proc_fd, "../../../etc/passwd", O_RDONLY);
}

static int
leave_by_root(const struct root *root, int fd)
{
	char path[PATH_MAX];

	(void)fd;
	snprintf(path, sizeof(path), "../outside/secret");
	return open2(root->fd, path, O_RDONLY);
}

static int
use_proc(const struct root *root, int fd)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", fd);
	return open2(root->proc_fd, number, O_RDONLY);
}

static void
nothing_that_is_kept_leads_out(void **state)
{
	struct visit visit = { .mode = MODE_READ_WRITE,
		.act = leave_by_proc,
		.no_landlock = true };

	(void)state;
	expect(&visit, ENOENT, ENOENT);
	visit.act = leave_by_root;
	expect(&visit, ENOENT, ENOENT);
	visit.act = use_proc;
	expect(&visit, 0, 0);
	visit.no_landlock = false;
	expect(&visit, 0, 0);
	visit.act = leave_by_root;
	expect(&visit, ENOENT, EACCES);
	/* Without Landlock read-only is held by the mounts of a copy. */
	visit = (struct visit){ .mode = MODE_READ_ONLY,
		.act = write_inside,
		.no_landlock = true };
	expect_of_root(&visit, MS_SHARED, EROFS);
	expect_of_root(&visit, MS_PRIVATE, EROFS);
	assert_int_equal(child_run(ORDINARY, visit_act, &visit), EROFS);
}

/* --- metadata by descriptor ------------------------------------------------
 */

static int
change_mode(const struct root *root, int fd)
{
	(void)root;
	return child_errno(fchmod(fd, 0640));
}

static int
change_owner(const struct root *root, int fd)
{
	struct stat st;

	(void)root;
	return fstat(fd, &st) != 0
		   ? errno
		   : child_errno(fchown(fd, st.st_uid, st.st_gid));
}

static int
change_times(const struct root *root, int fd)
{
	const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };

	(void)root;
	return child_errno(futimens(fd, times));
}

static int
set_attribute(const struct root *root, int fd)
{
	(void)root;
	return child_errno(fsetxattr(fd, "user.a", "b", 1, 0));
}

static int
remove_entry(const struct root *root, int fd)
{
	(void)fd;
	if (unlinkat(root->fd, "f", 0) != 0)
		return errno;
	return 0;
}

static void
metadata_by_descriptor_works(void **state)
{
	static act *const acts[] = { change_mode, change_owner, change_times };

	(void)state;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		const struct visit visit = { .mode = MODE_READ_WRITE,
			.act = acts[i] };

		expect(&visit, 0, 0);
	}
}

static void
read_only_denies_metadata_by_descriptor(void **state)
{
	static act *const acts[] = { change_mode, change_owner, change_times };
	const struct visit removes = { .mode = MODE_READ_ONLY,
		.act = remove_entry,
		.fails_before = true };

	(void)state;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		const struct visit visit = { .mode = MODE_READ_ONLY,
			.act = acts[i] };

		expect(&visit, EPERM, EPERM);
	}
	expect(&removes, EPERM, EPERM);
}

/* --- calls ------------------------------------------------------------------
 */

static int
ask_device(const struct root *root, int fd)
{
	int pending;

	(void)root;
	return child_errno(ioctl(fd, FIONREAD, &pending));
}

static void
ioctl_is_enotty(void **state)
{
	const struct visit writes = { .mode = MODE_READ_WRITE,
		.act = ask_device };
	const struct visit reads = { .mode = MODE_READ_ONLY,
		.act = ask_device };

	(void)state;
	expect(&writes, ENOTTY, ENOTTY);
	expect(&reads, ENOTTY, ENOTTY);
}

static int
open_by_path(const struct root *root, int fd)
{
	(void)root;
	(void)fd;
	return child_errno(syscall(SYS_openat, AT_FDCWD, "/", O_PATH));
}

static int
make_socket(const struct root *root, int fd)
{
	(void)root;
	(void)fd;
	return child_errno(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
execute(const struct root *root, int fd)
{
	(void)root;
	(void)fd;
	return child_errno(execl("/bin/true", "true", (char *)NULL));
}

static int
make_process(const struct root *root, int fd)
{
	pid_t pid = fork();

	(void)root;
	(void)fd;
	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}

static int
map_code(const struct root *root, int fd)
{
	(void)root;
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) ==
		       MAP_FAILED
		   ? errno
		   : 0;
}

static int
make_code(const struct root *root, int fd)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)root;
	(void)fd;
	return at == MAP_FAILED
		   ? errno
		   : child_errno(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}

static int
send_signal(const struct root *root, int fd)
{
	(void)root;
	(void)fd;
	return child_errno(kill(getpid(), 0));
}

static int
trace(const struct root *root, int fd)
{
	(void)root;
	(void)fd;
	return child_errno(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static void
other_calls_end_the_session(void **state)
{
	static act *const acts[] = { open_by_path, make_socket, make_process,
		send_signal, trace, set_attribute };
	const struct visit executes = { .mode = MODE_READ_WRITE,
		.act = execute,
		.fails_before = true };

	(void)state;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		const struct visit visit = { .mode = MODE_READ_WRITE,
			.act = acts[i] };

		expect(&visit, FORBIDDEN, FORBIDDEN);
	}
	expect(&executes, FORBIDDEN, FORBIDDEN);
}

static void
memory_never_becomes_code(void **state)
{
	const struct visit maps = { .mode = MODE_READ_WRITE, .act = map_code };
	const struct visit makes = { .mode = MODE_READ_WRITE,
		.act = make_code };

	(void)state;
	if (SANITIZED)
		skip();
	expect(&maps, FORBIDDEN, FORBIDDEN);
	expect(&makes, FORBIDDEN, FORBIDDEN);
}

/* --- the report --------------------------------------------------------------
 */

static int
report_act(const void *context)
{
	const char *wanted = context;
	struct policy policy;
	struct means means;
	struct jail_plan plan = { .profile = JAIL_FILES,
		.means = &means,
		.policy = &policy };
	struct jail_report report;
	struct root root;

	policy_init(&policy);
	plan.root = &root;
	means_choose(&means, &policy, JAIL_FILES);
	if (have_mounts() != 0 || root_open(&root, "root", false) != 0 ||
	    jail_enter(&plan, &report) != 0)
		return NOT_ENTERED;
	return strcmp(report.means, wanted) == 0 && report.lack[0] == '\0' ? 0
									   : 1;
}

static void
what_was_entered_is_told(void **state)
{
	char user[64], superuser[96];
	int abi = landlock_abi();

	(void)state;
	if (abi < LANDLOCK_ABI_MIN)
		skip();
	snprintf(user, sizeof(user), "landlock%d+seccomp", abi);
	snprintf(superuser, sizeof(superuser), "namespace+%s", user);
	if (geteuid() == 0) {
		mounts = MS_SHARED;
		assert_int_equal(child_run(ROOT, report_act, superuser), 0);
		mounts = MS_PRIVATE;
		snprintf(superuser, sizeof(superuser), "chroot+%s", user);
		assert_int_equal(child_run(ROOT, report_act, superuser), 0);
	}
	assert_int_equal(child_run(ORDINARY, report_act, user), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_is_open),
		cmocka_unit_test(nothing_outside_is_opened),
		cmocka_unit_test(nothing_outside_is_linked_in),
		cmocka_unit_test(read_only_opens_nothing_to_write),
		cmocka_unit_test(write_only_opens_nothing_to_read),
		cmocka_unit_test(devices_are_dead_for_root),
		cmocka_unit_test(nothing_that_is_kept_leads_out),
		cmocka_unit_test(metadata_by_descriptor_works),
		cmocka_unit_test(read_only_denies_metadata_by_descriptor),
		cmocka_unit_test(ioctl_is_enotty),
		cmocka_unit_test(other_calls_end_the_session),
		cmocka_unit_test(memory_never_becomes_code),
		cmocka_unit_test(what_was_entered_is_told),
	};

	return cmocka_run_group_tests_name("jail", tests, setup, teardown);
}
