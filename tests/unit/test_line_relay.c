/*
 * filesonlyd's standard error: lines of many processes, whole, in order, and
 * nothing of a session's process that could pass for the server's.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/io.h"
#include "src/serve/line_relay.c"

static struct line_relay relay;
static int pipe_ends[2], saved;
static char text[128 * 1024];

static int
set_up(void **state)
{
	(void)state;
	saved = dup(STDERR_FILENO);
	return saved < 0 || pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0 ||
	       fcntl(pipe_ends[1], F_SETPIPE_SZ, 256 * 1024) < 0;
}

static int
tear_down(void **state)
{
	(void)state;
	line_relay_close(&relay);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	return close(saved);
}

static void
give(enum relay_from from, const char *bytes, size_t len)
{
	assert_int_equal(send(relay.give[from], bytes, len, MSG_NOSIGNAL), len);
}

/* What came to standard error of what waits. */
static const char *
passed(enum relay_from from)
{
	ssize_t got;

	assert_true(dup2(pipe_ends[1], STDERR_FILENO) >= 0);
	while (line_relay_pass(&relay, from))
		continue;
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	got = read(pipe_ends[0], text, sizeof(text) - 1);
	text[got < 0 ? 0 : got] = '\0';
	return text;
}

static void
session_says(const char *line, size_t len, const char *wanted)
{
	give(FROM_SESSIONS, line, len);
	assert_string_equal(passed(FROM_SESSIONS), wanted);
}

#define SAYS(line, wanted) session_says(line, sizeof(line) - 1, wanted)

static void
a_sessions_line_is_marked(void **state)
{
	(void)state;
	assert_int_equal(line_relay_open(&relay, true), 0);
	SAYS("{\"event\":\"open\"}",
	    "{\"log\":\"session\",\"event\":\"open\"}\n");
	SAYS("{\"path\":\"/{\\\"log\\\":\\\\\",\"log\\\"\":1,\"b\":2}",
	    "{\"log\":\"session\",\"event\":\"no-line\"}\n");
	SAYS("{\"path\":\"/{\\\"log\\\":\\\\\",\"b\":2}",
	    "{\"log\":\"session\",\"path\":\"/{\\\"log\\\":\\\\\",\"b\":2}\n");
	line_relay_close(&relay);
	assert_int_equal(line_relay_open(&relay, false), 0);
	SAYS("event=open", "log=session event=open\n");
}

static void
what_is_no_line_is_not_passed_on(void **state)
{
	static const char json[] =
	    "{\"log\":\"session\",\"event\":\"no-line\"}\n";
	static const char plain[] = "log=session event=no-line\n";

	(void)state;
	assert_int_equal(line_relay_open(&relay, true), 0);
	SAYS("{\"a\":1}\n{\"event\":\"connection\"}", json);
	SAYS("{\"a\":\"\r\"}", json);
	SAYS("{\"a\":\"\x1b[2J\"}", json);
	SAYS("{\"a\":\"\x7f\"}", json);
	SAYS("{\"a\":\"\0\"}", json);
	SAYS("\"event\":\"connection\"}", json);
	SAYS("{\"event\":\"connection\"", json);
	SAYS("{", json);
	SAYS("{\"a\":1}{\"event\":\"connection\"}", json);
	SAYS("{\"a\":{\"log\":\"server\"}}", json);
	SAYS("{\"a\":1,\"log\":\"server\"}", json);
	SAYS("{\"a\":1,\"l\\u006fg\":\"server\"}", json);
	SAYS("{\"a\":1,\"log\" :\"server\"}", json);
	SAYS("{\"a\":\"}", json);
	SAYS("{\"a\":\"\\\"}", json);
	line_relay_close(&relay);
	assert_int_equal(line_relay_open(&relay, false), 0);
	SAYS("event=x\nevent=connection", plain);
	SAYS("\n", plain);
}

static void
a_line_is_passed_on_whole_however_long(void **state)
{
	static char line[20000], wanted[sizeof(line) + 32];

	(void)state;
	assert_int_equal(line_relay_open(&relay, false), 0);
	memset(line, 'a', sizeof(line));
	memcpy(wanted, "log=session ", 12);
	memcpy(wanted + 12, line, sizeof(line));
	wanted[12 + sizeof(line)] = '\n';
	session_says(line, sizeof(line), wanted);
}

static void
monitors_lines_are_passed_on_as_they_are(void **state)
{
	(void)state;
	assert_int_equal(line_relay_open(&relay, true), 0);
	give(FROM_MONITORS, "{\"event\":\"connection\"}", 22);
	give(FROM_MONITORS, "{\"event\":\"second\"}", 18);
	assert_string_equal(passed(FROM_MONITORS),
	    "{\"event\":\"connection\"}\n{\"event\":\"second\"}\n");
}

static void
who_gives_can_read_nothing_and_stop_nobody(void **state)
{
	char byte;

	(void)state;
	assert_int_equal(line_relay_open(&relay, false), 0);
	/* Nobody writes there: the end of file at once. */
	assert_int_equal(recv(relay.give[FROM_SESSIONS], &byte, 1, 0), 0);
	SAYS("event=open", "log=session event=open\n");
}

static void
without_a_relay_nothing_is_passed_on(void **state)
{
	(void)state;
	line_relay_init(&relay);
	assert_false(line_relay_pass(&relay, FROM_SESSIONS));
	assert_false(line_relay_pass(&relay, FROM_MONITORS));
}

int
main(void)
{
#define TEST(claim) cmocka_unit_test_setup_teardown(claim, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_sessions_line_is_marked),
		TEST(what_is_no_line_is_not_passed_on),
		TEST(a_line_is_passed_on_whole_however_long),
		TEST(monitors_lines_are_passed_on_as_they_are),
		TEST(who_gives_can_read_nothing_and_stop_nobody),
		TEST(without_a_relay_nothing_is_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
