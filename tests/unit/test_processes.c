/*
 * The processes of a program, however they come to be: each is waited for, none
 * is signalled by a number that is another's, and none keeps a supervisor.
 */
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "base/clock.h"
#include "child.h"
#include "program/processes.h"
#include "program/supervise.h"
#include "root/root.h"

enum { GOOD = 0, STATUS = 7 };

/* In the program: how its other process begins. */
typedef pid_t begin_other(void);

static pid_t
begin_child(void)
{
	return fork();
}

/* Its parent is the supervisor from the beginning. */
static pid_t
begin_sibling(void)
{
	return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
}

/* Two generations, of which the first has ended. */
static pid_t
begin_grandchild(void)
{
	pid_t pid = fork();

	if (pid != 0) {
		waitpid(pid, NULL, 0);
		return pid;
	}
	pid = fork();
	if (pid > 0)
		_exit(0);
	return pid;
}

/*
 * A program that starts another process, which never ends by itself, and ends;
 * or waits for ever, where it does not end.
 */
static pid_t
start(begin_other *begin, bool ends)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		pid_t other;

		setpgid(0, 0);
		other = begin == NULL ? 1 : begin();
		if (other == 0) {
			signal(SIGTERM, SIG_IGN);
			signal(SIGHUP, SIG_IGN);
		}
		if (begin == NULL || other == 0) {
			if (write(ready[1], "r", 1) != 1)
				_exit(1);
		}
		if (other != 0 && ends)
			_exit(STATUS);
		for (;;)
			pause();
	}
	if (read(ready[0], &byte, 1) != 1)
		return -1;
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static struct supervisor supervisor;
static struct root root; /* no session looks into it */

/* A supervisor at work: nothing but processes and signals. */
static int
supervise(begin_other *begin, bool ends)
{
	supervisor = (struct supervisor){ .running = true,
		.proc = -1,
		.child = { .pid = -1, .socket = -1, .listener = -1 },
		.broker = { .listener = -1, .root = &root },
		.log = { .from = -1, .to = -1 },
		.relay = RELAY_NONE };
	supervisor.signals = supervisor_catch_signals();
	if (supervisor.signals < 0)
		return -1;
	supervisor.child.pid = start(begin, ends);
	supervisor.processes.leader = supervisor.child.pid;
	return supervisor.child.pid > 0 ? 0 : -1;
}

/* No child is left at all. */
static bool
is_alone(void)
{
	return waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD;
}

/* What a program leaves is ended when it has, and soon. */
static int
act_leaves(const void *context)
{
	begin_other *const *begin = context;
	uint64_t began = clock_ms();

	if (supervise(*begin, true) != 0)
		return CHILD_FAILED;
	while (!processes_reap(&supervisor.processes))
		usleep(10000);
	/* What is left has five seconds; here none. */
	supervisor.deadline = clock_ms();
	supervisor_stay(&supervisor);
	if (!supervisor_end(&supervisor) || !is_alone())
		return 1;
	if (!WIFEXITED(supervisor.processes.status) ||
	    WEXITSTATUS(supervisor.processes.status) != STATUS)
		return 2;
	return clock_ms() - began < 8000 ? GOOD : 3;
}

static void
what_a_program_leaves_does_not_keep_its_supervisor(void **state)
{
	static begin_other *const ways[] = { begin_child, begin_sibling,
		begin_grandchild };

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		assert_int_equal(child_run(1, act_leaves, &ways[i]), GOOD);
}

/* A session that is told to end, whose program and its other process ignore
 * it: both are killed. */
static int
act_told(const void *context)
{
	(void)context;
	if (supervise(begin_sibling, false) != 0 || raise(SIGTERM) != 0)
		return CHILD_FAILED;
	supervisor.deadline = clock_ms() + 100;
	supervisor_stay(&supervisor);
	if (!supervisor_end(&supervisor) || !is_alone())
		return 1;
	return WIFSIGNALED(supervisor.processes.status) ? GOOD : 2;
}

static void
what_does_not_end_when_told_is_killed(void **state)
{
	(void)state;
	assert_int_equal(child_run(1, act_told, NULL), GOOD);
}

/* The number of a group that is gone may be another's: one of our parent's. */
static int
act_reused(const void *context)
{
	const pid_t *other = context;
	struct processes processes = { .leader = *other };

	if (processes_adopt() != 0 || kill(-*other, 0) != 0)
		return CHILD_FAILED;
	if (processes_are_left(&processes))
		return 1;
	processes_signal(&processes, SIGKILL);
	return GOOD;
}

static void
a_number_that_is_anothers_is_not_signalled(void **state)
{
	pid_t other = start(NULL, false);

	(void)state;
	assert_true(other > 0);
	assert_int_equal(child_run(0, act_reused, &other), GOOD);
	/* Control: it is there, and such a signal would have ended it. */
	assert_int_equal(waitpid(other, NULL, WNOHANG), 0);
	assert_int_equal(kill(-other, SIGKILL), 0);
	assert_int_equal(waitpid(other, NULL, 0), other);
}

/* A leader that has ended and was not waited for counts as left. */
static int
act_zombie(const void *context)
{
	struct processes processes = { .leader = 0 };
	struct pollfd none = { .fd = -1 };

	(void)context;
	if (processes_are_left(&processes) || processes_adopt() != 0)
		return CHILD_FAILED;
	processes.leader = start(NULL, true);
	for (int i = 0; i < 200 && !processes_reap(&processes); i++) {
		if (!processes_are_left(&processes))
			return 1;
		poll(&none, 1, 10);
	}
	if (!processes.ended || WEXITSTATUS(processes.status) != STATUS)
		return 2;
	return processes_are_left(&processes) ? 3 : GOOD;
}

static void
a_leader_is_left_until_it_is_waited_for(void **state)
{
	(void)state;
	assert_int_equal(child_run(1, act_zombie, NULL), GOOD);
}

/*
 * A process that can't be killed: a file system that hangs does that; here it
 * is another user's, and we have lost our power over it.
 */
static int
act_stuck(const void *context)
{
	pid_t *const *left = context;

	if (supervise(NULL, false) != 0)
		return CHILD_FAILED;
	**left = supervisor.child.pid;
	if (setresuid(NOBODY, NOBODY, NOBODY) != 0)
		return CHILD_FAILED;
	if (kill(supervisor.child.pid, 0) == 0)
		return CHILD_FAILED;
	supervisor.kills = 2;
	supervisor.deadline = clock_ms();
	supervisor_stay(&supervisor);
	if (supervisor_end(&supervisor))
		return 1;
	return WIFSIGNALED(supervisor.processes.status) ? GOOD : 2;
}

static void
what_cannot_be_killed_does_not_keep_its_supervisor(void **state)
{
	pid_t *left = mmap(NULL, sizeof(*left), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_ptr_not_equal(left, MAP_FAILED);
	assert_int_equal(child_run(0, act_stuck, &left), GOOD);
	assert_int_equal(kill(*left, SIGKILL), 0);
	munmap(left, sizeof(*left));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_a_program_leaves_does_not_keep_its_supervisor),
		cmocka_unit_test(what_does_not_end_when_told_is_killed),
		cmocka_unit_test(a_number_that_is_anothers_is_not_signalled),
		cmocka_unit_test(a_leader_is_left_until_it_is_waited_for),
		cmocka_unit_test(
		    what_cannot_be_killed_does_not_keep_its_supervisor),
	};

	return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}
