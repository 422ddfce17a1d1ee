/*
 * Whom a program's signals reach where the kernel would let it signal each
 * process of its account: its own, and no other. Nothing but the filter and
 * the broker stands here.
 */
#include <signal.h>
#include <stdbool.h>

#include "brokered.h"

static const enum filter filters[] = { FILTER_PROGRAM, FILTER_PROGRAM_BROKERED,
	FILTER_PROGRAM_READ_ONLY, FILTER_PROGRAM_CREATE_ONLY };

static struct root root;
static pid_t victim;

/* A process of the account that is none of the program's. */
static int
set_up(void **state)
{
	(void)state;
	victim = fork();
	if (victim == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		pause();
		_exit(0);
	}
	return victim < 0 ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	kill(victim, SIGKILL);
	return waitpid(victim, NULL, 0) == victim ? 0 : -1;
}

static int
ask(enum filter filter, bool held, child_act *act)
{
	struct brokered how = { .filter = filter,
		.root = &root,
		.launcher = true,
		.signals = held };

	return brokered_run(&how, act, NULL);
}

static int
act_look_at_victim(const void *context)
{
	(void)context;
	return child_errno(kill(victim, 0));
}

static int
act_kill_victim(const void *context)
{
	(void)context;
	return child_errno(kill(victim, SIGKILL));
}

static int
act_kill_supervisor(const void *context)
{
	(void)context;
	return child_errno(kill(getppid(), SIGKILL));
}

/* A process that has never been is the same to it. */
static int
act_kill_nobody(const void *context)
{
	(void)context;
	return child_errno(kill(INT_MAX, SIGKILL));
}

/* As rsync's generator tells its receiver to end. */
static int
act_kill_own(const void *context)
{
	pid_t pid = fork();
	int status;

	(void)context;
	if (pid == 0) {
		pause();
		_exit(0);
	}
	if (pid < 0 || kill(pid, SIGUSR2) != 0 ||
	    waitpid(pid, &status, 0) != pid)
		return child_errno(-1);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR2
		   ? 0
		   : CHILD_FAILED;
}

static int
act_kill_own_parent(const void *context)
{
	pid_t pid;
	int status;

	(void)context;
	signal(SIGUSR1, SIG_IGN);
	pid = fork();
	if (pid == 0)
		_exit(child_errno(kill(getppid(), SIGUSR1)));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return CHILD_FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : CHILD_FAILED;
}

static int
act_look_at_itself(const void *context)
{
	(void)context;
	if (kill(getpid(), 0) != 0)
		return errno;
	return child_errno(kill(0, 0));
}

static int
act_kill_all(const void *context)
{
	(void)context;
	return child_errno(kill(-1, SIGKILL));
}

static void
own_processes_are_signalled(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		for (int held = 0; held <= 1; held++) {
			assert_int_equal(ask(filters[i], held, act_kill_own),
			    0);
			assert_int_equal(ask(filters[i], held,
					     act_kill_own_parent),
			    0);
			assert_int_equal(ask(filters[i], held,
					     act_look_at_itself),
			    0);
		}
	}
}

static void
others_are_not_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		/* control: the kernel alone lets it */
		assert_int_equal(ask(filters[i], false, act_look_at_victim), 0);
		assert_int_equal(ask(filters[i], true, act_look_at_victim),
		    ESRCH);
		assert_int_equal(ask(filters[i], true, act_kill_victim), ESRCH);
		assert_int_equal(ask(filters[i], true, act_kill_supervisor),
		    ESRCH);
		assert_int_equal(ask(filters[i], true, act_kill_nobody), ESRCH);
		assert_int_equal(ask(filters[i], true, act_kill_all), ENOSYS);
		assert_int_equal(kill(victim, 0), 0);
		assert_int_equal(waitpid(victim, NULL, WNOHANG), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(own_processes_are_signalled,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(others_are_not_there, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests_name("program_signals", tests, NULL,
	    NULL);
}
