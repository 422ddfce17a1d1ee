/* A session that is kicked hears of it, by whom, and of no made-up sender. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "limits/kick_signal.h"
#include "limits/watch.h"

/* In a child each: what was heard stays heard. */
static int
in_child(int (*run)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(run());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
signalled_by_kill(void)
{
	if (kick_listen() != 0 || kick_heard() != NULL ||
	    kill(getpid(), KICK_SIGNAL) != 0)
		return 1;
	if (kick_heard() == NULL || strcmp(kick_heard(), "kicked") != 0)
		return 2;
	if (watch_ask(NULL) != kick_heard())
		return 3;
	return kick_sender() == getuid() ? 0 : 4;
}

static void
the_kernel_says_who_has_kicked(void **state)
{
	(void)state;
	assert_int_equal(in_child(signalled_by_kill), 0);
}

static int
signalled_by_a_made_up_sender(void)
{
	siginfo_t info = { .si_signo = KICK_SIGNAL, .si_code = SI_QUEUE };

	info.si_uid = 0;
	if (kick_listen() != 0 ||
	    syscall(SYS_rt_sigqueueinfo, getpid(), KICK_SIGNAL, &info) != 0)
		return 1;
	return kick_heard() == NULL && watch_ask(NULL) == NULL ? 0 : 2;
}

static void
a_sender_that_says_who_it_is_is_not_heard(void **state)
{
	(void)state;
	assert_int_equal(in_child(signalled_by_a_made_up_sender), 0);
}

static int
signalled_by_rsyncs_client(void)
{
	if (kick_listen() != 0 || kill(getpid(), SIGUSR1) != 0)
		return 1;
	if (kick_heard() != NULL || watch_ask(NULL) != NULL)
		return 2;
	return kill(getpid(), KICK_SIGNAL) == 0 && kick_heard() != NULL ? 0 : 3;
}

static void
an_rsync_client_that_started_us_and_fails_kicks_nobody(void **state)
{
	(void)state;
	assert_int_equal(in_child(signalled_by_rsyncs_client), 0);
}

static int
signalled_in_a_read(void)
{
	int ends[2];
	char byte;
	pid_t pid;

	if (kick_listen() != 0 || pipe(ends) != 0)
		return 1;
	pid = fork();
	if (pid == 0) {
		/* Until the reader is gone: which call it is in is not known.
		 */
		while (kill(getppid(), KICK_SIGNAL) == 0 && getppid() != 1)
			usleep(1000);
		_exit(0);
	}
	if (read(ends[0], &byte, 1) != -1 || errno != EINTR)
		return 2;
	kill(pid, SIGKILL);
	return kick_heard() != NULL ? 0 : 3;
}

static void
a_read_that_waits_ends(void **state)
{
	(void)state;
	assert_int_equal(in_child(signalled_in_a_read), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_says_who_has_kicked),
		cmocka_unit_test(a_sender_that_says_who_it_is_is_not_heard),
		cmocka_unit_test(
		    an_rsync_client_that_started_us_and_fails_kicks_nobody),
		cmocka_unit_test(a_read_that_waits_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
