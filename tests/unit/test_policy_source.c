/*
 * A root on the command line is the whole policy; without one the account's
 * sections are, and the line takes away from them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "decide/policy_source.h"
#include "scratch.h"

static char config[128];
static struct session session;
static struct invocation invocation;
static struct options options;
static struct session_policy granted;
static char room[2048];
static struct buf error;

static int
set_up(void **state)
{
	static const char text[] = "[defaults]\nroot = /srv/%u\nmode = "
				   "write-only\nmax-sessions = 5\n"
				   "[profile pull]\nmode = read-only\n";

	(void)state;
	umask(022);
	session = (struct session){ .uid = getuid(),
		.gid = getgid(),
		.has_account = true,
		.user = "anna",
		.home = "/home/anna" };
	if (scratch_make(0700) != 0)
		return -1;
	snprintf(config, sizeof(config), "--config=%s/f.conf", top);
	return scratch_write("f.conf", text, strlen(text), 0644);
}

/* Loads "filesonly A B C", the last of them NULL. */
static enum loaded
load(const char *a, const char *b, const char *c)
{
	static char *argv[5];
	int argc = 1;

	argv[0] = (char[]){ "filesonly" };
	for (int i = 0; i < 3; i++) {
		const char *word = i == 0 ? a : i == 1 ? b : c;

		if (word != NULL)
			argv[argc++] = (char *)(uintptr_t)word;
	}
	buf_init(&error, room, sizeof(room) - 1);
	invocation_read(&invocation, argc, argv, NULL);
	return policy_source_load(&invocation, &session, &options, &granted,
	    &error);
}

/* Loads argv, ended by NULL. */
static enum loaded
load_as(const char *const *words)
{
	static char *argv[5];
	int argc = 0;

	for (; words[argc] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc];
	buf_init(&error, room, sizeof(room) - 1);
	invocation_read(&invocation, argc, argv, NULL);
	return policy_source_load(&invocation, &session, &options, &granted,
	    &error);
}

static void
a_root_on_the_line_is_all(void **state)
{
	(void)state;
	assert_int_equal(load("--no-delete", "/srv", NULL), LOADED);
	assert_string_equal(granted.policy.root, "/srv");
	assert_false(granted.policy.may_delete || granted.origin.by_root);
	session_policy_free(&granted);
}

/* sshd starts us in the home, or in "/" where it can't be entered. */
static void
a_relative_root_lies_in_the_home(void **state)
{
	static const char *const rrsync[] = { "rrsync", "files", NULL };

	(void)state;
	assert_int_equal(load("files", NULL, NULL), LOADED);
	assert_string_equal(granted.policy.root, "/home/anna/files");
	session_policy_free(&granted);
	assert_int_equal(load(".", NULL, NULL), LOADED);
	assert_string_equal(granted.policy.root, "/home/anna/.");
	session_policy_free(&granted);
	assert_int_equal(load_as(rrsync), LOADED);
	assert_string_equal(granted.policy.root, "/home/anna/files");
	session_policy_free(&granted);
	snprintf(session.home, sizeof(session.home), "/");
	assert_int_equal(load("files", NULL, NULL), LOADED);
	assert_string_equal(granted.policy.root, "/files");
	session_policy_free(&granted);
}

static void
without_a_home_no_root_is_relative(void **state)
{
	(void)state;
	session.home_is_odd = true;
	assert_int_equal(load("/srv", NULL, NULL), LOADED);
	session_policy_free(&granted);
	assert_int_equal(load("files", NULL, NULL), LOAD_USAGE);
	assert_non_null(strstr(buf_text(&error), "relative to a home"));
	session_policy_free(&granted);
	session.home_is_odd = false;
	session.has_account = false;
	assert_int_equal(load("/srv", NULL, NULL), LOADED);
	session_policy_free(&granted);
	assert_int_equal(load("files", NULL, NULL), LOAD_USAGE);
	session_policy_free(&granted);
}

/* A word of the key that is misspelt is no file in the home. */
static void
paths_on_the_line_are_whole(void **state)
{
	static const char *const wrong[] = { "--audit=sylog", "--audit=log",
		"--audit=./syslog", "--rsync=rsync", "--sessions-dir=run",
		"--authorized-keys=keys" };
	static const char *const right[] = { "--audit=syslog",
		"--audit=journal", "--audit=/var/log/x", "--rsync=/opt/rsync",
		"--sessions-dir=/run/x", "--start-dir=a/b" };

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		assert_int_equal(load(right[i], "/srv", NULL), LOADED);
		session_policy_free(&granted);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(load(wrong[i], "/srv", NULL), LOAD_USAGE);
		assert_non_null(
		    strstr(buf_text(&error), "must begin with /, not "));
		session_policy_free(&granted);
	}
}

/* A relative root, a mode and lists come by way of other programs' names. */
static void
restrictions_are_the_lines_and_no_key(void **state)
{
	static const char *const rrsync[] = { "rrsync", "-wo", "/srv", NULL };
	static const char *const server[] = { "sftp-server", "-P", "remove",
		NULL };

	(void)state;
	assert_int_equal(load("/srv", NULL, NULL), LOADED);
	assert_null(granted.restrictions.rrsync);
	assert_null(granted.restrictions.no_requests);
	assert_null(granted.restrictions.below);
	assert_false(granted.restrictions.push_only);
	session_policy_free(&granted);
	assert_int_equal(load_as(rrsync), LOADED);
	assert_string_equal(granted.restrictions.rrsync, "rrsync");
	assert_true(granted.restrictions.push_only);
	session_policy_free(&granted);
	(void)!load_as(server); /* the system's configuration, if any */
	assert_string_equal(granted.restrictions.no_requests, "remove");
	session_policy_free(&granted);
}

static void
without_one_the_sections_count(void **state)
{
	(void)state;
	assert_int_equal(load(config, NULL, NULL), LOADED);
	assert_string_equal(granted.policy.root, "/srv/anna");
	assert_int_equal(granted.policy.mode, MODE_WRITE_ONLY);
	session_policy_free(&granted);
	assert_int_equal(load(config, "--profile=pull", NULL), LOADED);
	assert_int_equal(granted.policy.mode, MODE_READ_ONLY);
	session_policy_free(&granted);
	assert_int_equal(load(config, "--profile=push", NULL),
	    LOAD_MISCONFIGURED);
	session_policy_free(&granted);
}

static void
the_line_takes_away_and_gives_nothing(void **state)
{
	(void)state;
	assert_int_equal(load(config, "--max-sessions=3", "--services=sftp"),
	    LOADED);
	assert_int_equal(granted.policy.max_sessions, 3);
	assert_int_equal(granted.policy.services, SERVICE_SFTP);
	session_policy_free(&granted);
	assert_int_equal(load(config, "--max-sessions=9", "--read-write"),
	    LOADED);
	assert_int_equal(granted.policy.max_sessions, 5);
	assert_int_equal(granted.policy.mode, MODE_WRITE_ONLY);
	session_policy_free(&granted);
	assert_int_equal(load(config, "--confine=prefer", NULL),
	    LOAD_MISCONFIGURED);
	session_policy_free(&granted);
	assert_int_equal(load(config, "--read-only", NULL), LOAD_MISCONFIGURED);
	session_policy_free(&granted);
}

static void
a_wrong_line_is_a_usage_error(void **state)
{
	(void)state;
	assert_int_equal(load("--no-such-key=1", "/srv", NULL), LOAD_USAGE);
	assert_true(error.len > 0);
	session_policy_free(&granted);
	assert_int_equal(load(config, "/srv", NULL), LOAD_USAGE);
	assert_non_null(strstr(buf_text(&error), "one of the two"));
	session_policy_free(&granted);
	assert_int_equal(load("--profile=pull", "/srv", NULL), LOAD_USAGE);
	session_policy_free(&granted);
	assert_int_equal(load("--deny=*.exe", "/srv", NULL), LOAD_USAGE);
	session_policy_free(&granted);
}

static void
tasks_ask_no_configuration(void **state)
{
	(void)state;
	assert_int_equal(load("--help", NULL, NULL), LOADED);
	assert_int_equal(options.task, TASK_HELP);
	session_policy_free(&granted);
	assert_int_equal(load("--config=/nonexistent/x", "--version", NULL),
	    LOADED);
	assert_int_equal(options.task, TASK_VERSION);
	session_policy_free(&granted);
}

/* Whoever sent it, its fault is the account's, and it chooses nothing. */
static void
a_login_shells_line_is_never_usage(void **state)
{
	char command[256];
	char *argv[] = { (char[]){ "filesonly" }, (char[]){ "-c" }, command,
		NULL };
	static const char *const lines[] = { "--no-such-key", "--help",
		"--version", "--profile=pull", "/srv", "a b" };

	(void)state;
	for (size_t i = 0; i <= sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(command, sizeof(command), "filesonly %s",
		    i == 0 ? config : lines[i - 1]);
		snprintf(session.user, sizeof(session.user), "no/body");
		buf_init(&error, room, sizeof(room) - 1);
		invocation_read(&invocation, 3, argv, "internal-sftp");
		assert_true(invocation.only_narrows);
		assert_int_equal(policy_source_load(&invocation, &session,
				     &options, &granted, &error),
		    LOAD_MISCONFIGURED);
		assert_true(error.len > 0);
		session_policy_free(&granted);
		invocation_free(&invocation);
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_root_on_the_line_is_all),
		CASE(a_relative_root_lies_in_the_home),
		CASE(without_a_home_no_root_is_relative),
		CASE(paths_on_the_line_are_whole),
		CASE(restrictions_are_the_lines_and_no_key),
		CASE(without_one_the_sections_count),
		CASE(the_line_takes_away_and_gives_nothing),
		CASE(a_wrong_line_is_a_usage_error),
		CASE(tasks_ask_no_configuration),
		CASE(a_login_shells_line_is_never_usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
