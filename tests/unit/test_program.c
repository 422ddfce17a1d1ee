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
	struct policy policy;
	struct record *record;
	int status;

	if (session_load(&session) != 0 || set_policy(&policy, visit, top) != 0)
		return CHILD_FAILED;
	snprintf(session.home, sizeof(session.home), "%s/home", top);
	record = record_open("log", &session);
	if (record == NULL || prepare_input(visit) < 0 ||
	    to_file(1, "out") != 0 || to_file(2, "err") != 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return CHILD_FAILED;
	request_parse(&request, visit->command);
	status = run_session(&session, &policy, &request, record);
	request_free(&request);
	record_close(record);
	policy_free(&policy);
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
		{ { { NULL } }, "root", NULL, "", 0, false },
		{ { { NULL } }, "root", "id", "", 0, false },
		{ { { NULL } }, "root", "sftp;id", "", 0, false },
		{ { { "services", "rsync" } }, "root", "internal-sftp", "", 0,
		    false },
		{ { { "mode", "read-only" } }, "root",
		    "rsync --server -re.i . x", "", 0, false },
		{ { { "exact", "other" } }, "root", "internal-sftp", "", 0,
		    false },
		/* Its secluded arguments never come. */
		{ { { NULL } }, "root", "rsync --server -s", "abc", 3, false },
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
		"rsync --server --sender -re.iLs . 'a b'", "", 0, false };

	(void)state;
	expect(&visit, 1);
	assert_logged(" exact=\"rsync --server --sender -re.iLs . ", true);
}

/* INIT, and the end of the input. */
static void
a_session_that_is_served_is_recorded_to_its_end(void **state)
{
	static const struct visit visit = { { { NULL } }, "root",
		"internal-sftp", "\0\0\0\5\1\0\0\0\3", 9, false };

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
		{ { { NULL } }, "missing", "internal-sftp", "", 0, false },
		{ { { NULL } }, "err", "internal-sftp", "", 0, false },
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
		false };

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

static void
a_terminal_is_refused_for_what_would_be_served(void **state)
{
	static const struct visit visit = { { { NULL } }, "root",
		"internal-sftp", "", 0, true };
	static const struct visit shell = { { { NULL } }, "root", NULL, "", 0,
		true };

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
		"internal-sftp", "", 0, false };

	(void)state;
	assert_int_equal(child_run(1, act_without_openat2, &visit), 126);
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
		TEST(a_terminal_is_refused_for_what_would_be_served),
		TEST(a_kernel_without_openat2_is_told_by_126),
	};

	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
