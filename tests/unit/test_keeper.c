/*
 * Who keeps a program's namespaces: what the machine mounts later comes in with
 * less rights, or ends the session; what a program leaves ends with it; and the
 * program reaches no process outside.
 */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <cmocka.h>

#include "base/auto.h"
#include "child.h"
#include "confine/caps.h"
#include "confine/keeper.h"
#include "confine/mountns.h"
#include "program/elf.h"
#include "scratch.h"

static struct needed_files files; /* of /bin/sh */

/* One of the two ends of a talk between the machine and the session. */
struct talk {
	int to, from;
};

/* What is tried, and by whom. */
struct keeping {
	unsigned long mounts; /* how the machine's are: MS_SHARED, MS_PRIVATE */
	int ordinary;
	int (*machine)(const struct talk *talk);
	int (*session)(const struct talk *talk, struct keeper *keeper);
};

static int
setup(void **state)
{
	(void)state;
	umask(0);
	if (scratch_make(0755) != 0 || mkdir("root", 0777) != 0 ||
	    mkdir("root/disk", 0777) != 0 || mkdir("other", 0777) != 0)
		return -1;
	return elf_resolve(&files, "/bin/sh");
}

static int
teardown(void **state)
{
	(void)state;
	needed_files_free(&files);
	return rmdir("root/disk") != 0 || rmdir("root") != 0 ||
		       rmdir("other") != 0
		   ? -1
		   : scratch_rmdir();
}

/* Gives the word to the other side, or waits for it. */
static int
say(const struct talk *talk)
{
	return write(talk->to, "", 1) == 1 ? 0 : -1;
}

static int
hear(const struct talk *talk)
{
	char byte;

	return read(talk->from, &byte, 1) == 1 ? 0 : -1;
}

static int
run_session(const struct keeping *keeping, const struct talk *talk)
{
	char own[PATH_MAX];
	struct keeper keeper = { 0, -1 };
	struct mountns_plan plan = { .files = &files,
		.own = { own },
		.keeper = &keeper };
	struct mountns_kept kept;
	const char *step;
	int result;

	snprintf(own, sizeof(own), "%s/root", top);
	if (child_become(keeping->ordinary) != 0)
		return CHILD_FAILED;
	plan.user_namespace = geteuid() != 0;
	plan.root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mountns_enter(&plan, &kept, &step) != 0) {
		fprintf(stderr, "%s: %s\n", step, strerror(errno));
		return CHILD_FAILED;
	}
	close(plan.root_fd);
	result = keeping->session(talk, &keeper);
	(void)keeper_end(&keeper);
	return result;
}

/* The machine, in a mount namespace of its own, and the session beside it. */
static int
act_keep(const void *context)
{
	const struct keeping *keeping = context;
	int there[2], back[2], status, result;
	pid_t pid;

	if (geteuid() == 0 &&
	    (unshare(CLONE_NEWNS) != 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount(NULL, "/", NULL, MS_REC | keeping->mounts, NULL) != 0))
		return CHILD_FAILED;
	if (pipe2(there, O_CLOEXEC) != 0 || pipe2(back, O_CLOEXEC) != 0)
		return CHILD_FAILED;
	pid = fork();
	if (pid == 0) {
		const struct talk talk = { back[1], there[0] };

		close(there[1]);
		_exit(run_session(keeping, &talk));
	}
	close(back[1]);
	result = keeping->machine(&(struct talk){ there[1], back[0] });
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return CHILD_FAILED;
	return result != 0 ? 100 + result : WEXITSTATUS(status);
}

static void
expect(struct keeping keeping, int result)
{
	if (geteuid() == 0)
		assert_int_equal(child_run(0, act_keep, &keeping), result);
	keeping.ordinary = 1;
	assert_int_equal(child_run(0, act_keep, &keeping), result);
}

/* --- mounts that come and go ------------------------------------------------
 */

static int
machine_mounts(const struct talk *talk)
{
	int fd;

	if (hear(talk) != 0 ||
	    mount("tmpfs", "root/disk", "tmpfs", 0, "mode=777") != 0)
		return 1;
	fd = open("root/disk/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return 2;
	close(fd);
	if (say(talk) != 0 || hear(talk) != 0)
		return 3;
	/* Nobody in the session keeps it. */
	if (umount2("root/disk", 0) != 0)
		return 4;
	return say(talk);
}

static int
session_sees_mounts(const struct talk *talk, struct keeper *keeper)
{
	const unsigned long wanted = ST_NOSUID | ST_NODEV | ST_NOEXEC;
	struct statvfs vfs = { .f_flag = 0 };

	(void)keeper;
	if (access("disk/file", F_OK) == 0 || say(talk) != 0 || hear(talk) != 0)
		return 1;
	if (access("disk/file", F_OK) != 0)
		return 2;
	for (int i = 0; i < 200 && (vfs.f_flag & wanted) != wanted; i++) {
		if (statvfs("disk", &vfs) != 0)
			return 3;
		poll(NULL, 0, 10);
	}
	if ((vfs.f_flag & wanted) != wanted)
		return 4;
	if (say(talk) != 0 || hear(talk) != 0)
		return 5;
	return access("disk/file", F_OK) == 0 ? 6 : 0;
}

static void
what_is_mounted_later_comes_with_less_rights_and_goes(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	expect((struct keeping){ .mounts = MS_SHARED,
		   .machine = machine_mounts,
		   .session = session_sees_mounts },
	    0);
}

static int
machine_mounts_elsewhere_and_below(const struct talk *talk)
{
	if (hear(talk) != 0 || mount("tmpfs", "other", "tmpfs", 0, NULL) != 0 ||
	    say(talk) != 0 || hear(talk) != 0)
		return 1;
	return mount("tmpfs", "root/disk", "tmpfs", 0, NULL) != 0 ||
		       say(talk) != 0
		   ? 2
		   : 0;
}

/* A child of the session: killed when its PID namespace ends. */
static pid_t
start_sleeper(const struct keeper *keeper)
{
	pid_t pid = fork();

	/* As a program has no descriptor of ours. */
	if (pid == 0) {
		close(keeper->line);
		poll(NULL, 0, 20 * 1000);
		_exit(0);
	}
	return pid;
}

static int
session_is_ended(const struct talk *talk, struct keeper *keeper)
{
	pid_t sleeper = start_sleeper(keeper);
	int status;

	if (say(talk) != 0 || hear(talk) != 0)
		return 1;
	/* What is mounted elsewhere is of no interest. */
	poll(NULL, 0, 200);
	if (waitpid(sleeper, &status, WNOHANG) != 0)
		return 2;
	if (say(talk) != 0 || hear(talk) != 0)
		return 3;
	if (waitpid(sleeper, &status, 0) != sleeper || !WIFSIGNALED(status) ||
	    WTERMSIG(status) != SIGKILL)
		return 4;
	return keeper_end(keeper) ? 0 : 5;
}

static void
what_private_mounts_hide_ends_the_session(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	expect((struct keeping){ .mounts = MS_PRIVATE,
		   .machine = machine_mounts_elsewhere_and_below,
		   .session = session_is_ended },
	    0);
}

static int
machine_unmounts(const struct talk *talk)
{
	if (hear(talk) != 0)
		return 1;
	if (umount2("root", 0) == 0 || errno != EBUSY)
		return 2;
	if (say(talk) != 0 || hear(talk) != 0)
		return 3;
	return umount2("root", 0) != 0 ? 4 : say(talk);
}

static int
session_holds_its_root(const struct talk *talk, struct keeper *keeper)
{
	if (say(talk) != 0 || hear(talk) != 0 || keeper_end(keeper))
		return 1;
	return say(talk) != 0 || hear(talk) != 0;
}

static int
act_hold(const void *context)
{
	/* The root is a mount of its own, before the session begins. */
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", "root", "tmpfs", 0, "mode=777") != 0)
		return CHILD_FAILED;
	return act_keep(context);
}

static void
file_system_of_the_root_is_busy_while_the_session_lasts(void **state)
{
	struct keeping keeping = { .mounts = MS_SHARED,
		.machine = machine_unmounts,
		.session = session_holds_its_root };

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(child_run(0, act_hold, &keeping), 0);
	keeping.mounts = MS_PRIVATE;
	assert_int_equal(child_run(0, act_hold, &keeping), 0);
	keeping.ordinary = 1;
	assert_int_equal(child_run(0, act_hold, &keeping), 0);
}

/* --- processes --------------------------------------------------------------
 */

/* By it a process makes code of what it likes, whatever mmap(2) may. */
static int
try_own_memory(void)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	return fd < 0 ? errno : close(fd);
}

static int
machine_is_there(const struct talk *talk)
{
	(void)talk;
	return try_own_memory();
}

static int
session_child(pid_t machine)
{
	char path[32];

	/* As a program of root's is run. */
	if (caps_reduce(geteuid() == 0 ? CAPS_RESTORE : CAPS_NONE) != 0)
		return 6;
	if (getppid() != 0 || getpid() <= 1)
		return 1;
	if (machine > 9 && kill(machine, 0) == 0)
		return 2;
	if (kill(-1, SIGTERM) == 0 || errno != ESRCH)
		return 3;
	/* The first process takes no signal from here. */
	kill(1, SIGTERM);
	kill(1, SIGKILL);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)getpid());
	if (access("/proc/self/fd/0", F_OK) != 0 || access(path, F_OK) != 0)
		return 4;
	if (try_own_memory() != EROFS)
		return 7;
	/* Nor is it seen, nor anything of the kernel's. */
	return access("/proc/1/root", F_OK) == 0 ||
		       access("/proc/sys", F_OK) == 0 ||
		       access("/proc/mounts", F_OK) == 0
		   ? 5
		   : 0;
}

static int
session_reaches_nobody(const struct talk *talk, struct keeper *keeper)
{
	pid_t machine = getppid(), pid;
	int status;

	(void)talk;
	if (kill(machine, 0) != 0 && errno != EPERM)
		return 1;
	pid = fork();
	if (pid == 0)
		_exit(session_child(machine));
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 2;
	if (WEXITSTATUS(status) != 0)
		return 10 + WEXITSTATUS(status);
	return kill(keeper->pid, 0) != 0 && errno != EPERM ? 3 : 0;
}

static void
program_reaches_no_process_outside(void **state)
{
	(void)state;
	expect((struct keeping){ .mounts = MS_SHARED,
		   .machine = machine_is_there,
		   .session = session_reaches_nobody },
	    0);
}

/* A grandchild that has left its group, its session and its parents. */
static int
session_leaves_something(const struct talk *talk, struct keeper *keeper)
{
	int ends[2], status;
	char byte;
	pid_t pid;

	(void)talk;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return 1;
	pid = fork();
	if (pid == 0) {
		close(keeper->line);
		if (fork() == 0) {
			setsid();
			poll(NULL, 0, 20 * 1000);
		}
		_exit(0);
	}
	close(ends[1]);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return 2;
	if (keeper_end(keeper))
		return 3;
	/* The end of the pipe: whoever held it has gone. */
	return read(ends[0], &byte, 1) == 0 ? 0 : 4;
}

static void
what_a_program_leaves_ends_with_the_keeper(void **state)
{
	(void)state;
	expect((struct keeping){ .mounts = MS_SHARED,
		   .machine = machine_is_there,
		   .session = session_leaves_something },
	    0);
}

/* The supervisor is killed: its namespaces go with it. */
static int
machine_waits_for_the_end(const struct talk *talk)
{
	char byte;

	/* The session and what it left hold the other end. */
	return read(talk->from, &byte, 1) == 0 ? 0 : 1;
}

static int
session_is_killed(const struct talk *talk, struct keeper *keeper)
{
	(void)talk;
	(void)start_sleeper(keeper);
	_exit(0);
}

static void
killed_supervisor_leaves_nothing(void **state)
{
	(void)state;
	expect((struct keeping){ .mounts = MS_SHARED,
		   .machine = machine_waits_for_the_end,
		   .session = session_is_killed },
	    0);
}

/* --- the list ----------------------------------------------------------------
 */

static int
act_look(const void *context)
{
	char own[PATH_MAX];
	uint64_t before, now;
	int list;

	(void)context;
	snprintf(own, sizeof(own), "%s/root", top);
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return CHILD_FAILED;
	list = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	before = keeper_look(list, own);
	if (mount("tmpfs", "other", "tmpfs", 0, NULL) != 0 ||
	    mount("tmpfs", "root", "tmpfs", 0, NULL) != 0 ||
	    keeper_look(list, own) != before)
		return 1;
	if (umount2("root", 0) != 0 ||
	    mount("tmpfs", "root/disk", "tmpfs", 0, NULL) != 0)
		return 2;
	now = keeper_look(list, own);
	if (now == before || keeper_look(list, "/") == before)
		return 3;
	if (umount2("root/disk", 0) != 0 || keeper_look(list, own) != before)
		return 4;
	close(list);
	return 0;
}

static void
only_mounts_below_the_root_are_looked_at(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(child_run(0, act_look, NULL), 0);
}

/* A session that is refused before its walls stand has begun none. */
static int
act_never_begun(const void *context)
{
	const struct keeper_plan plan = { .tree = "/",
		.held = -1,
		.machine = -1,
		.proc = -1 };
	struct keeper keeper = { 0, -1 };
	auto_fd int proc = -1;

	(void)context;
	alarm(10);
	if (keeper_start(&plan, &keeper, &proc) != 0)
		return 2;
	return keeper_end(&keeper) ? 3 : 0;
}

static void
keeper_that_is_never_begun_ends_with_its_session(void **state)
{
	(void)state;
	assert_int_equal(child_run(0, act_never_begun, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_is_mounted_later_comes_with_less_rights_and_goes),
		cmocka_unit_test(what_private_mounts_hide_ends_the_session),
		cmocka_unit_test(
		    file_system_of_the_root_is_busy_while_the_session_lasts),
		cmocka_unit_test(program_reaches_no_process_outside),
		cmocka_unit_test(what_a_program_leaves_ends_with_the_keeper),
		cmocka_unit_test(killed_supervisor_leaves_nothing),
		cmocka_unit_test(only_mounts_below_the_root_are_looked_at),
		cmocka_unit_test(
		    keeper_that_is_never_begun_ends_with_its_session),
	};

	return cmocka_run_group_tests_name("keeper", tests, setup, teardown);
}
