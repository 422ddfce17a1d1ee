/*
 * From fork to execve: the program starts where it should, only when it is
 * told to, and each failure is told with its step and errno.
 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/fd.h"
#include "child.h"
#include "program/child.h"
#include "scratch.h"

enum { DIED_OF_PIPE = 200 };

static int
set_up(void **state)
{
	(void)state;
	umask(0);
	return scratch_make(0777);
}

/* What is launched: /bin/sh -c script, by a filter that leaves execve free. */
struct plan {
	const char *path;
	const char *script;
	enum filter filter;
	int directory; /* -1: none that can be entered */
	bool listener;
	bool no_new_privs;
	bool without_filter;
};

static struct program_command command;
static struct child_plan launch;
static struct child launched;

static int
start(const struct plan *plan)
{
	static char name[] = "sh", option[] = "-c", script[256], *argv[4];
	static char variable[] = "ONLY=this";
	static char *envp[2] = { variable, NULL };

	snprintf(script, sizeof(script), "%s", plan->script);
	argv[0] = name;
	argv[1] = option;
	argv[2] = script;
	command = (struct program_command){ .path = plan->path,
		.argv = argv,
		.envp = envp };
	launch = (struct child_plan){ .command = &command,
		.directory =
		    plan->directory < 0 ? -1 : open(".", O_PATH | O_CLOEXEC),
		.filter = plan->filter,
		.listener = plan->listener,
		.without_filter = plan->without_filter };
	if (plan->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return child_start(&launch, &launched);
}

/* Waits for the end of the socket, then for the program. */
static int
finish(void)
{
	struct pollfd ready = { .fd = launched.socket, .events = POLLIN };
	int status;

	if (child_go(&launched) != 0 || poll(&ready, 1, 20000) != 1 ||
	    !child_has_executed(&launched))
		return CHILD_FAILED;
	if (waitpid(launched.pid, &status, 0) != launched.pid)
		return CHILD_FAILED;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE)
		return DIED_OF_PIPE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : CHILD_FAILED;
}

static int
act_run(const void *context)
{
	struct stat st;

	/* As main does it: what the test was given is not ours to give. */
	if (fd_close_from(3) != 0 || start(context) != 0)
		return CHILD_FAILED;
	/* Nothing runs before the word. */
	usleep(50000);
	if (stat("here", &st) == 0 || !launched.filtered)
		return CHILD_FAILED;
	return finish();
}

static int
run(const char *script)
{
	const struct plan plan = { "/bin/sh", script, FILTER_PROGRAM_EXEC, 0,
		false, true, false };

	return child_run(1, act_run, &plan);
}

static void
program_starts_in_the_root_when_it_is_told(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(run("echo x >here; exit 7"), 7);
	assert_int_equal(stat("here", &st), 0);
}

static void
environment_and_descriptors_are_what_was_given(void **state)
{
	(void)state;
	assert_int_equal(run("[ \"$ONLY\" = this ] && [ -z \"$HOME$USER\" ]"),
	    0);
	/* 3 may be the listing's own. */
	assert_int_equal(run("set -- /proc/self/fd/*; for f in $*; do "
			     "[ ${f##*/} -le 3 ] || exit 1; done"),
	    0);
	/* A group of its own; SIGPIPE as a program expects it. */
	assert_int_equal(run("read -r stat </proc/$$/stat; set -- $stat; "
			     "[ $5 = $$ ]"),
	    0);
	assert_int_equal(run("kill -PIPE $$; exit 0"), DIED_OF_PIPE);
}

static int
act_fail(const void *context)
{
	const struct plan *plan = context;

	if (start(plan) == 0)
		return CHILD_FAILED;
	if (launched.pid != -1 || launched.socket != -1 ||
	    launched.listener != -1)
		return CHILD_FAILED;
	if (strcmp(launched.step, plan->script) != 0)
		return CHILD_FAILED;
	/* No child is left. */
	if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
		return CHILD_FAILED;
	return launched.error;
}

/* Each plan's script is the step at which it must fail. */
static void
what_fails_before_execve_is_told_with_its_step(void **state)
{
	static const struct plan nowhere = { "/bin/sh", "the root's directory",
		FILTER_PROGRAM_EXEC, -1, false, true, false };
	static const struct plan unprivileged = { "/bin/sh", "seccomp",
		FILTER_PROGRAM_EXEC, 0, false, false, false };

	(void)state;
	assert_int_equal(child_run(1, act_fail, &nowhere), EBADF);
	assert_int_equal(child_run(1, act_fail, &unprivileged), EACCES);
}

static int
act_unfiltered(const void *context)
{
	if (start(context) != 0 || launched.filtered)
		return CHILD_FAILED;
	return finish();
}

static void
it_goes_on_without_a_filter_only_where_that_is_asked(void **state)
{
	static const struct plan plan = { "/bin/sh", "exit 5",
		FILTER_PROGRAM_EXEC, 0, false, false, true };

	(void)state;
	assert_int_equal(child_run(1, act_unfiltered, &plan), 5);
}

static int
act_missing(const void *context)
{
	struct pollfd ready;

	if (start(context) != 0 || child_go(&launched) != 0)
		return CHILD_FAILED;
	ready = (struct pollfd){ .fd = launched.socket, .events = POLLIN };
	if (poll(&ready, 1, 20000) != 1 || child_has_executed(&launched))
		return CHILD_FAILED;
	if (strcmp(launched.step, "execve") != 0 ||
	    waitpid(launched.pid, NULL, 0) != launched.pid)
		return CHILD_FAILED;
	return launched.error;
}

static void
execve_that_fails_is_told(void **state)
{
	static const struct plan missing = { "/nonexistent/program", "",
		FILTER_PROGRAM_EXEC, 0, false, true, false };
	static const struct plan directory = { "/", "", FILTER_PROGRAM_EXEC, 0,
		false, true, false };

	(void)state;
	assert_int_equal(child_run(1, act_missing, &missing), ENOENT);
	assert_int_equal(child_run(1, act_missing, &directory), EACCES);
}

static int
act_listener(const void *context)
{
	if (start(context) != 0 || launched.listener < 0)
		return CHILD_FAILED;
	if (fcntl(launched.listener, F_GETFD) != FD_CLOEXEC)
		return CHILD_FAILED;
	/* Held at execve, which nobody answers: with us it ends. */
	return child_go(&launched) == 0 ? 0 : CHILD_FAILED;
}

static void
listener_arrives_and_the_child_ends_with_us(void **state)
{
	static const struct plan plan = { "/bin/sh", "echo x >here",
		FILTER_PROGRAM, 0, true, true, false };
	struct stat st;

	(void)state;
	assert_int_equal(child_run(1, act_listener, &plan), 0);
	usleep(50000);
	assert_int_equal(stat("here", &st), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_remove)
		TEST(program_starts_in_the_root_when_it_is_told),
		TEST(environment_and_descriptors_are_what_was_given),
		TEST(what_fails_before_execve_is_told_with_its_step),
		TEST(it_goes_on_without_a_filter_only_where_that_is_asked),
		TEST(execve_that_fails_is_told),
		TEST(listener_arrives_and_the_child_ends_with_us),
	};

	return cmocka_run_group_tests_name("launch", tests, NULL, NULL);
}
