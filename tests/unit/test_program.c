/*
 * One session from the decision to the exit status, in a child: what the
 * client hears, what the record says, what is left on disk.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/io.h"
#include "child.h"
#include "gate/run.h"
#include "scratch.h"

/* A session: its policy, what it asks for, what it sends. */
struct visit {
	const char *settings[3][2]; /* key, value; ended by NULL */
	const char *root;           /* below top, or absolute */
	const char *command;
	const char *input;
	size_t input_len;
	bool terminal; /* stdin is one */
	bool person;   /* nobody has connected: SSH_CONNECTION is not set */
};

static int
set_up(void **state)
{
	(void)state;
	umask(0);
	return scratch_make(0777) != 0 || mkdir("root", 0777) != 0
		   ? -1
		   : mkdir("home", 0755);
}

static int
to_file(int fd, const char *name)
{
	int file = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	return file < 0 || dup2(file, fd) != fd ? -1 : close(file);
}

/* stdin: a pipe that holds the input, or the slave of a terminal. */
static int
prepare_input(const struct visit *visit)
{
	int ends[2], terminal;

	if (visit->terminal) {
		terminal = posix_openpt(O_RDWR | O_NOCTTY);
		if (terminal < 0 || grantpt(terminal) != 0 ||
		    unlockpt(terminal) != 0)
			return -1;
		return dup2(terminal, 0);
	}
	if (pipe(ends) != 0 ||
	    io_write_all(ends[1], visit->input, visit->input_len) != 0)
		return -1;
	close(ends[1]);
	return dup2(ends[0], 0);
}

static int
set_policy(struct policy *policy, const struct visit *visit, const char *home)
{
	char path[128], room[256];
	struct buf error;

	buf_init(&error, room, sizeof(room));
	policy_init(policy);
	snprintf(path, sizeof(path), "%s/%s", visit->root[0] == '/' ? "" : home,
	    visit->root);
	for (size_t i = 0; i < 3 && visit->settings[i][0] != NULL; i++)
		if (policy_set(policy, visit->settings[i][0],
			visit->settings[i][1], &error) != 0)
			return -1;
	return policy_set(policy, "root", path, &error);
}

static int
act_visit(const void *context)
{
	const struct visit *visit = context;
	struct session session;
	struct request request;
	struct session_policy granted = { .origin = { .by_root = false } };
	const struct login login = { .session = &session };
	const struct session_source source = { &login, &granted };
	char room[256];
	struct buf error;
	int status;

	if (session_load(&session) != 0 ||
	    set_policy(&granted.policy, visit, top) != 0)
		return CHILD_FAILED;
	session.connected = !visit->person;
	snprintf(session.home, sizeof(session.home), "%s/home", top);
	buf_init(&error, room, sizeof(room));
	if (policy_set(&granted.policy, "audit", "log", &error) != 0 ||
	    prepare_input(visit) < 0 || to_file(1, "out") != 0 ||
	    to_file(2, "err") != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return CHILD_FAILED;
	request_parse(&request, visit->command);
	status = run_session(&source, &request);
	request_free(&request);
	session_policy_free(&granted);
	return status;
}

/* As root and as an ordinary user; the files are those of the last. */
static void
expect(const struct visit *visit, int status)
{
	for (int ordinary = 0; ordinary < 2; ordinary++) {
		int result;

		unlink("log");
		unlink("out");
		unlink("err");
		result = child_run(ordinary, act_visit, visit);
		if (result != status)
			fail_msg("%s: %d, not %d: %s",
			    visit->command == NULL ? "" : visit->command,
			    result, status, scratch_text("err"));
	}
}

static void
assert_logged(const char *text, bool is_there)
{
	if ((strstr(scratch_text("log"), text) != NULL) != is_there)
		fail_msg("%s in: %s", text, scratch_text("log"));
}

static void
what_is_refused_is_told_and_recorded_and_not_begun(void **state)
{
	static const struct visit visits[] = {
		{ { { NULL } }, "root", NULL, "", 0, false, false },
		{ { { NULL } }, "root", "id", "", 0, false, false },
		{ { { NULL } }, "root", "sftp;id", "", 0, false, false },
		{ { { "services", "rsync" } }, "root", "internal-sftp", "", 0,
		    false, false },
		{ { { "mode", "read-only" } }, "root",
		    "rsync --server -re.i . x", "", 0, false, false },
		{ { { "exact", "other" } }, "root", "internal-sftp", "", 0,
		    false, false },
		/* Its secluded arguments never come. */
		{ { { NULL } }, "root", "rsync --server -s", "abc", 3, false,
		    false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(visits) / sizeof(visits[0]); i++) {
		const char *err;

		expect(&visits[i], 1);
		err = scratch_text("err");
		assert_memory_equal(err, "filesonly: ", 11);
		assert_ptr_equal(strchr(err, '\n'), err + strlen(err) - 1);
		assert_string_equal(scratch_text("out"), "");
		assert_logged("event=decide", true);
		assert_logged("result=refused", true);
		assert_logged("event=start", false);
		assert_logged("result=allowed", false);
	}
}

static void
an_exact_key_tells_what_to_list(void **state)
{
	static const struct visit visit = { { { "exact", "other" } }, "root",
		"rsync --server --sender -re.iLs . 'a b'", "", 0, false,
		false };

	(void)state;
	expect(&visit, 1);
	assert_logged(" exact=\"rsync --server --sender -re.iLs . ", true);
}

/* INIT, and the end of the input. */
static void
a_session_that_is_served_is_recorded_to_its_end(void **state)
{
	static const struct visit visit = { { { NULL } }, "root",
		"internal-sftp", "\0\0\0\5\1\0\0\0\3", 9, false, false };

	(void)state;
	expect(&visit, 0);
	assert_string_equal(scratch_text("err"), "");
	assert_memory_equal(scratch_text("out") + 4, "\2\0\0\0\3", 5);
	assert_logged("event=decide", true);
	assert_logged("result=allowed", true);
	assert_logged("event=start", true);
	assert_logged("service=sftp", true);
	assert_logged("seccomp", true);
	assert_logged("event=end", true);
	assert_logged("status=0", true);
}

static void
a_root_that_is_missing_is_the_administrators_fault(void **state)
{
	static const struct visit visits[] = {
		{ { { NULL } }, "missing", "internal-sftp", "", 0, false,
		    false },
		{ { { NULL } }, "err", "internal-sftp", "", 0, false, false },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		expect(&visits[i], 78);
		assert_non_null(strstr(scratch_text("err"), "misconfigured"));
		assert_null(strstr(scratch_text("err"), top));
		assert_string_equal(scratch_text("out"), "");
		assert_logged("event=misconfigured", true);
		assert_logged(visits[i].root, true);
		assert_logged("event=start", false);
	}
}

static void
the_accounts_locks_are_looked_for(void **state)
{
	struct visit visit = { { { NULL } }, "home", "internal-sftp", "", 0,
		false, false };

	(void)state;
	/* The whole machine holds the home; the account may write there. */
	assert_int_equal(chmod("home", 0777), 0);
	expect(&visit, 78);
	assert_null(strstr(scratch_text("err"), "home"));
	assert_logged("--home-in-root", true);
	visit.settings[0][0] = "mode";
	visit.settings[0][1] = "read-only";
	expect(&visit, 0);
	assert_logged("event=start", true);
}

/* The same reasons, found late, by a client of sshd and by a person. */
static void
only_a_person_hears_the_reason_of_a_misconfiguration(void **state)
{
	// clang-format off
	static const struct {
		struct visit visit;
		const char *reason;
	} trials[] = {
		{ { .root = "missing" }, "missing: No such file or directory" },
		{ { .root = "home" }, "--home-in-root" },
		{ { .settings = { { "start-dir", "/gone" } }, .root = "root" },
		    "start-dir /gone: No such file or directory" },
		{ { .settings = { { "max-sessions", "1" },
		        { "sessions-dir", "/nonexistent" } }, .root = "root" },
		    "/nonexistent" },
	};
	// clang-format on

	(void)state;
	assert_int_equal(chmod("home", 0777), 0);
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
		struct visit visit = trials[i].visit;

		visit.command = "internal-sftp";
		visit.input = "";
		expect(&visit, 78);
		assert_null(strstr(scratch_text("err"), trials[i].reason));
		assert_non_null(strstr(scratch_text("err"), "misconfigured"));
		assert_logged(trials[i].reason, true);
		visit.person = true;
		expect(&visit, 78);
		if (strstr(scratch_text("err"), trials[i].reason) == NULL)
			fail_msg("%s: %s", trials[i].reason,
			    scratch_text("err"));
		assert_logged(trials[i].reason, true);
	}
}

/* Neither Landlock nor a namespace: found when the jail is entered. */
static int
act_without_walls(const void *context)
{
	return child_lacks(SYS_landlock_create_ruleset, ENOSYS) != 0 ||
		       child_lacks(SYS_unshare, EPERM) != 0
		   ? CHILD_FAILED
		   : act_visit(context);
}

static void
only_a_person_hears_what_the_kernel_lacks(void **state)
{
	struct visit visit = { .root = "root",
		.command = "internal-sftp",
		.input = "" };

	(void)state;
	for (int person = 0; person < 2; person++) {
		visit.person = person;
		unlink("err");
		assert_int_equal(child_run(1, act_without_walls, &visit), 126);
		assert_non_null(strstr(scratch_text("err"), "kernel lacks"));
		if ((strstr(scratch_text("err"), "Landlock: ") != NULL) !=
		    person)
			fail_msg("%d: %s", person, scratch_text("err"));
		assert_logged("Landlock: ", true);
	}
}

/* As main answers sshd's rc file and rrsync's "true". */
static int
act_silently(const void *context)
{
	const struct visit *visit = context;
	enum refusal refusal = strcmp(visit->command, "true") == 0
				   ? REFUSE_NOTHING
				   : REFUSE_COMMAND;
	struct session_policy granted = { .origin = { .by_root = false } };
	struct session session;
	struct request request;
	int status;

	if (session_load(&session) != 0 ||
	    set_policy(&granted.policy, visit, top) != 0 ||
	    to_file(1, "out") != 0 || to_file(2, "err") != 0)
		return CHILD_FAILED;
	request_parse(&request, visit->command);
	status = run_silently(&session, &granted, &request, refusal, "a test");
	request_free(&request);
	session_policy_free(&granted);
	return status;
}

static void
what_a_status_answers_is_recorded_and_not_told(void **state)
{
	struct visit visit = { .settings = { { "audit", "log" } },
		.root = "root",
		.command = "true" };

	(void)state;
	assert_int_equal(child_run(1, act_silently, &visit), 0);
	assert_logged("event=decide", true);
	assert_logged("result=allowed", true);
	assert_logged("request=\"true\"", true);
	visit.command = "/bin/sh /home/anna/.ssh/rc";
	assert_int_equal(child_run(1, act_silently, &visit), 1);
	assert_logged("result=refused", true);
	assert_logged("because=\"a test\"", true);
	assert_logged("request=\"/bin/sh /home/anna/.ssh/rc\"", true);
	/* Nothing is answered where it can't be recorded. */
	visit.settings[0][1] = "/nonexistent/log";
	visit.command = "true";
	assert_int_equal(child_run(1, act_silently, &visit), 78);
	assert_string_equal(scratch_text("out"), "");
	assert_string_equal(scratch_text("err"), "");
}

static void
a_terminal_is_refused_for_what_would_be_served(void **state)
{
	static const struct visit visit = { { { NULL } }, "root",
		"internal-sftp", "", 0, true, false };
	static const struct visit shell = { { { NULL } }, "root", NULL, "", 0,
		true, false };

	(void)state;
	expect(&visit, 1);
	assert_non_null(strstr(scratch_text("err"), "without a terminal"));
	assert_logged("rule=terminal", true);
	expect(&shell, 1);
	assert_logged("rule=shell", true);
}

static int
act_without_openat2(const void *context)
{
	return child_lacks(SYS_openat2, ENOSYS) != 0 ? CHILD_FAILED
						     : act_visit(context);
}

static void
a_kernel_without_openat2_is_told_by_126(void **state)
{
	static const struct visit visit = { { { NULL } }, "root",
		"internal-sftp", "", 0, false, false };

	(void)state;
	assert_int_equal(child_run(1, act_without_openat2, &visit), 126);
	assert_non_null(strstr(scratch_text("err"), "kernel lacks"));
	assert_string_equal(scratch_text("out"), "");
	assert_logged("event=start", false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_remove)
		TEST(what_is_refused_is_told_and_recorded_and_not_begun),
		TEST(an_exact_key_tells_what_to_list),
		TEST(a_session_that_is_served_is_recorded_to_its_end),
		TEST(a_root_that_is_missing_is_the_administrators_fault),
		TEST(the_accounts_locks_are_looked_for),
		TEST(only_a_person_hears_the_reason_of_a_misconfiguration),
		TEST(only_a_person_hears_what_the_kernel_lacks),
		TEST(what_a_status_answers_is_recorded_and_not_told),
		TEST(a_terminal_is_refused_for_what_would_be_served),
		TEST(a_kernel_without_openat2_is_told_by_126),
	};

	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
