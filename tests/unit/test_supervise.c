/*
 * A program behind the walls: /bin/sh in rsync's place, with built-ins alone.
 * What it can do, what it can't, and what its supervisor makes of its end.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/fd.h"
#include "child.h"
#include "confine/means.h"
#include "program/program.h"
#include "root/root.h"
#include "scratch.h"
#include "session/session.h"

enum { REFUSED = 190, UNUSABLE = 191, SIGNALED = 100 };

/* What runs, and how. */
struct visit {
	const char *script;
	const char *mode;
	const char *program; /* NULL: /bin/sh */
	int signal;          /* sent to us once it runs, or 0 */
	int lack;            /* errno that seccomp gets, or 0 */
};

static int
set_up(void **state)
{
	(void)state;
	umask(0);
	if (scratch_make(0755) != 0 || mkdir("root", 0777) != 0 ||
	    mkdir("outside", 0777) != 0)
		return -1;
	scratch_put("outside/secret", "", 0666);
	return 0;
}

static struct jail_report report;

/* Called before execve: the script is held until then. */
static void
entered(void *context)
{
	int *count = context;

	if (strstr(report.means, "seccomp") != NULL)
		(*count)++;
}

/* The shell complains of all that is denied to it. */
static int
be_silent(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	return null < 0 || dup2(null, 2) != 2 ? -1 : close(null);
}

/* A child of ours that signals us when the program says that it runs. */
static int
signal_when_ready(int number)
{
	pid_t us = getpid();
	int ends[2];

	if (pipe(ends) != 0 || dup2(ends[1], 1) != 1)
		return -1;
	close(ends[1]);
	switch (fork()) {
	case -1:
		return -1;
	case 0: {
		char byte;

		close(1);
		_exit(read(ends[0], &byte, 1) == 1 ? kill(us, number) : 1);
	}
	default:
		return close(ends[0]);
	}
}

static int
run_jailed(const struct visit *visit, struct policy *policy)
{
	char name[] = "sh", option[] = "-c", script[512], path[96];
	char variable[] = "ONLY=this";
	char *argv[] = { name, option, script, NULL };
	char *envp[] = { variable, NULL };
	struct program_outcome outcome = { .status = 0 };
	int count = 0;
	struct program_command command = { .path = visit->program,
		.argv = argv,
		.envp = envp,
		.entered = entered,
		.context = &count };
	struct root root;
	struct session session;
	struct means means;
	struct jail_plan plan = { .profile = JAIL_PROGRAM,
		.means = &means,
		.policy = policy,
		.session = &session,
		.root = &root };

	if (command.path == NULL)
		command.path = "/bin/sh";
	snprintf(script, sizeof(script), "%s", visit->script);
	snprintf(path, sizeof(path), "%s/root", top);
	if (session_load(&session) != 0 || root_open(&root, path, false) != 0)
		return CHILD_FAILED;
	means_choose(&means, policy, JAIL_PROGRAM);
	switch (program_run(&plan, &command, &report, &outcome)) {
	case PROGRAM_RAN:
		break;
	case PROGRAM_NO_WALLS:
		return report.lack[0] == '\0' ? CHILD_FAILED : REFUSED;
	case PROGRAM_UNUSABLE:
		return report.lack[0] == '\0' ? CHILD_FAILED : UNUSABLE;
	}
	if (count != 1 || outcome.stuck)
		return CHILD_FAILED;
	return WIFEXITED(outcome.status) ? WEXITSTATUS(outcome.status)
					 : SIGNALED + WTERMSIG(outcome.status);
}

static int
act_visit(const void *context)
{
	const struct visit *visit = context;
	char room[128];
	struct policy policy;
	struct buf error;
	int result;

	buf_init(&error, room, sizeof(room));
	policy_init(&policy);
	if (fd_close_from(3) != 0 || be_silent() != 0 ||
	    policy_set(&policy, "mode",
		visit->mode == NULL ? "read-write" : visit->mode, &error) != 0)
		return CHILD_FAILED;
	if (visit->signal != 0 && signal_when_ready(visit->signal) != 0)
		return CHILD_FAILED;
	if (visit->lack != 0 && child_lacks(SYS_seccomp, visit->lack) != 0)
		return CHILD_FAILED;
	result = run_jailed(visit, &policy);
	policy_free(&policy);
	return result;
}

static void
expect(struct visit visit, int result)
{
	for (int ordinary = 0; ordinary < 2; ordinary++) {
		int got = child_run(ordinary, act_visit, &visit);

		if (got != result)
			fail_msg("%s: %d, not %d", visit.script, got, result);
	}
}

static void
script(const char *text, int result)
{
	expect((struct visit){ .script = text }, result);
}

static void
status_is_the_programs(void **state)
{
	(void)state;
	script("exit 0", 0);
	script("exit 7", 7);
	script("kill -9 $$", SIGNALED + SIGKILL);
}

static void
program_starts_in_the_root_and_writes_there(void **state)
{
	(void)state;
	script("echo text >file && read x <file && [ $x = text ]", 0);
}

static void
environment_and_descriptors_are_the_given_ones(void **state)
{
	(void)state;
	script("[ \"$ONLY\" = this ] && [ -z \"$HOME$USER$SSH_CONNECTION\" ]",
	    0);
	script("for f in 3 4 5 6 7 8 9; do "
	       "(eval \": <&$f\") && exit 1; done; (: <&0) && exit 0",
	    0);
}

static void
nothing_is_executed_after_it(void **state)
{
	(void)state;
	script("/bin/true; exit 5", 5);
	script("/bin/true && exit 5; exit 6", 6);
	script("exec /bin/true", 126);
}

/* Reading, writing, creating: each is shown inside by the tests above. */
static void
outside_is_out_of_reach(void **state)
{
	char text[256];
	struct stat st;

	(void)state;
	snprintf(text, sizeof(text),
	    "read x <%s/outside/secret && exit 1; "
	    "[ $? != 0 ]",
	    top);
	script(text, 0);
	snprintf(text, sizeof(text),
	    "(echo x >%s/outside/secret) && exit 1; exit 0", top);
	script(text, 0);
	snprintf(text, sizeof(text),
	    "(echo x >%s/outside/new) && exit 1; exit 0", top);
	script(text, 0);
	assert_int_equal(stat("outside/secret", &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(stat("outside/new", &st), -1);
	script("(echo x >../outside/new) && exit 1; exit 0", 0);
	assert_int_equal(stat("outside/new", &st), -1);
}

static void
read_only_writes_nothing(void **state)
{
	struct stat st;

	(void)state;
	expect((struct visit){ .script = "(echo x >file) && exit 1; exit 0",
		   .mode = "read-only" },
	    0);
	assert_int_equal(stat("root/file", &st), -1);
}

/* A session's end arrives as a signal, which the program gets. */
static void
signals_are_forwarded(void **state)
{
	(void)state;
	expect((struct visit){ .script = "trap 'exit 33' TERM; echo ready; "
					 "while :; do :; done",
		   .signal = SIGTERM },
	    33);
	expect((struct visit){ .script = "echo ready; while :; do :; done",
		   .signal = SIGHUP },
	    SIGNALED + SIGHUP);
}

/* A copy of ourselves. */
static void
put_program(const char *name, mode_t mode)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
	struct stat st;

	assert_int_equal(fstat(from, &st), 0);
	assert_int_equal(sendfile(to, from, NULL, (size_t)st.st_size),
	    st.st_size);
	close(from);
	close(to);
}

static void
a_program_that_cannot_be_executed_is_told_from_missing_walls(void **state)
{
	char path[96];

	(void)state;
	expect((struct visit){ .script = "", .program = "/nonexistent" },
	    UNUSABLE);
	expect((struct visit){ .script = "", .program = "/etc/passwd" },
	    UNUSABLE);
	expect((struct visit){ .script = "", .program = "/" }, UNUSABLE);
	snprintf(path, sizeof(path), "%s/script", top);
	scratch_put("script", "#!/bin/sh\nexit 0\n", 0755);
	expect((struct visit){ .script = "", .program = path }, UNUSABLE);
	/* An ELF program without its x: execve itself says so. */
	put_program("plain", 0644);
	snprintf(path, sizeof(path), "%s/plain", top);
	expect((struct visit){ .script = "", .program = path }, UNUSABLE);
	expect((struct visit){ .script = "exit 0", .lack = EINVAL }, REFUSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_remove)
		TEST(status_is_the_programs),
		TEST(program_starts_in_the_root_and_writes_there),
		TEST(environment_and_descriptors_are_the_given_ones),
		TEST(nothing_is_executed_after_it),
		TEST(outside_is_out_of_reach),
		TEST(read_only_writes_nothing),
		TEST(signals_are_forwarded),
		TEST(
		    a_program_that_cannot_be_executed_is_told_from_missing_walls),
	};

	return cmocka_run_group_tests_name("supervise", tests, NULL, NULL);
}
