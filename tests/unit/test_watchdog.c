/* A process that spins is ended; one that works or waits is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "serve/watchdog.c"

/* Kernels that count CPU by ticks call late on a busy machine: a bound. */
enum { CPU_MS_MAX = 20000, OTHER = 7, NEVER_CALLED = 8 };

static long
cpu_ms(void)
{
	struct rusage usage = { .ru_utime = { 0, 0 } };

	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

/* The handler returned: the program went on. */
static bool
is_called(void)
{
	return *(volatile sig_atomic_t *)&last_turns != 0;
}

/*
 * Uses CPU with a watchdog of a second until that has let it go on; its exit
 * status.
 */
static int
status_of(void (*between)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		if (watchdog_start(1) != 0)
			_exit(1);
		while (!is_called() && cpu_ms() < CPU_MS_MAX) {
			if (between != NULL)
				between();
		}
		_exit(is_called() ? OTHER : NEVER_CALLED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
turn_and_move(void)
{
	watchdog_turn();
	watchdog_moved();
}

static void
what_moves_goes_on(void **state)
{
	(void)state;
	assert_int_equal(status_of(turn_and_move), OTHER);
}

static void
one_turn_without_an_end_is_ended(void **state)
{
	(void)state;
	assert_int_equal(status_of(NULL), WATCHDOG_STATUS);
}

static void
turns_in_which_nothing_moves_are_ended(void **state)
{
	(void)state;
	assert_int_equal(status_of(watchdog_turn), WATCHDOG_STATUS);
}

/* As a connection that is kept alive for months. */
static void
seldom_turns_in_which_nothing_moves_go_on(void **state)
{
	(void)state;
	cpu_seconds = 1;
	last_time = seconds_now() - SLACK;
	watchdog_turn();
	on_cpu_used(SIGPROF); /* returns */
	assert_int_equal(last_turns, turns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_moves_goes_on),
		cmocka_unit_test(one_turn_without_an_end_is_ended),
		cmocka_unit_test(turns_in_which_nothing_moves_are_ended),
		cmocka_unit_test(seldom_turns_in_which_nothing_moves_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}
