/*
 * A command's answer is held to the session's limits: whatever the client does
 * with its ends of the streams, it comes to an end, and says why.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/auto.h"
#include "base/io.h"
#include "policy/policy.h"
#include "session/session.h"
#include "subsys/reply.h"

enum { IN, OUT, ERR };

static struct session session;
static struct policy policy;
static struct job job;
static struct reply reply;
static int ends[3][2]; /* of in, out and err: ours to read, ours to write */

static int
set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	policy_init(&policy);
	clock_gettime(CLOCK_MONOTONIC, &session.started_steady);
	for (int i = 0; i < 3; i++)
		if (pipe2(ends[i], O_CLOEXEC) != 0)
			return -1;
	job = (struct job){ .session = &session,
		.policy = &policy,
		.in = ends[IN][0],
		.out = ends[OUT][1],
		.err = ends[ERR][1] };
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++)
		auto_close_fd(&ends[i / 2][i % 2]);
	policy_free(&policy);
	return 0;
}

static void
set(const char *key, const char *value)
{
	char room[256];
	struct buf error;

	buf_init(&error, room, sizeof(room));
	assert_int_equal(policy_set(&policy, key, value, &error), 0);
}

/* What has come on a stream until its end. */
static const char *
come(int stream)
{
	static char text[1 << 20];
	ssize_t len;

	auto_close_fd(&ends[stream][1]);
	len = io_read_all(ends[stream][0], text, sizeof(text) - 1);
	assert_true(len >= 0);
	text[len] = '\0';
	return text;
}

static void
what_is_answered_comes_in_order(void **state)
{
	(void)state;
	reply_begin(&reply, &job, "cmd");
	reply_add_text(&reply, "one ");
	reply_add(&reply, "two", 3);
	assert_true(reply_goes_on(&reply));
	assert_int_equal(reply_end(&reply, 3), 3);
	assert_int_equal(job.sent, 7);
	assert_null(job.reason);
	assert_string_equal(come(OUT), "one two");
	assert_string_equal(come(ERR), "");
}

static void
a_complaint_shows_a_name_escaped(void **state)
{
	(void)state;
	reply_begin(&reply, &job, "cmd");
	reply_complain(&reply, NULL, "a\n\033\"", "No such file");
	reply_complain(&reply, "cannot do", "", "why");
	assert_int_equal(reply_end(&reply, 1), 1);
	assert_string_equal(come(ERR), "cmd: \"a\\n\\x1b\\\"\": No such file\n"
				       "cmd: cannot do \"\": why\n");
}

/* More than a pipe holds, to somebody who reads nothing. */
static void
add_too_much(void)
{
	static char block[4096];

	for (int i = 0; i < 64 && !reply.over; i++)
		reply_add(&reply, block, sizeof(block));
}

static void
who_does_not_read_is_held_to_the_time(void **state)
{
	struct timespec now;

	(void)state;
	set("session-timeout", "1");
	reply_begin(&reply, &job, "cmd");
	add_too_much();
	assert_int_equal(reply_end(&reply, 0), 1);
	assert_string_equal(job.reason, "session-timeout");
	clock_gettime(CLOCK_MONOTONIC, &now);
	assert_in_range(now.tv_sec - session.started_steady.tv_sec, 1, 20);
	assert_string_equal(come(ERR),
	    "filesonly: the session's time is over (session-timeout)\n");
}

static void
who_does_not_read_complaints_is_held_to_it_too(void **state)
{
	(void)state;
	set("idle-timeout", "1");
	reply_begin(&reply, &job, "cmd");
	for (int i = 0; i < 4000 && !reply.over; i++)
		reply_complain(&reply, NULL, "a name", "a complaint");
	assert_int_equal(reply_end(&reply, 0), 1);
	assert_string_equal(job.reason, "idle-timeout");
}

static void
who_sends_nothing_is_held_to_it_too(void **state)
{
	char byte;

	(void)state;
	set("idle-timeout", "1");
	reply_begin(&reply, &job, "cmd");
	assert_int_equal(write(ends[IN][1], "x", 1), 1);
	assert_int_equal(reply_read(&reply, &byte, 1), 1);
	assert_int_equal(reply_read(&reply, &byte, 1), 0);
	assert_true(reply.over);
	assert_int_equal(reply_end(&reply, 0), 1);
	assert_string_equal(job.reason, "idle-timeout");
	assert_int_equal(job.received, 1);
}

static void
the_end_of_what_is_sent_is_no_limit(void **state)
{
	char bytes[8];

	(void)state;
	set("idle-timeout", "9");
	reply_begin(&reply, &job, "cmd");
	assert_int_equal(write(ends[IN][1], "abc", 3), 3);
	auto_close_fd(&ends[IN][1]);
	assert_int_equal(reply_read(&reply, bytes, sizeof(bytes)), 3);
	assert_int_equal(reply_read(&reply, bytes, sizeof(bytes)), 0);
	assert_false(reply.over);
	assert_int_equal(reply_end(&reply, 0), 0);
	assert_null(job.reason);
}

static void
no_more_bytes_go_than_a_session_has(void **state)
{
	char bytes[8];

	(void)state;
	set("max-session-bytes", "100");
	reply_begin(&reply, &job, "cmd");
	assert_int_equal(write(ends[IN][1], "12345678", 8), 8);
	assert_int_equal(reply_read(&reply, bytes, 8), 8);
	add_too_much();
	assert_int_equal(reply_end(&reply, 0), 1);
	assert_string_equal(job.reason, "max-session-bytes");
	auto_close_fd(&ends[OUT][1]);
	assert_int_equal(job.sent, 92);
}

static void
a_client_that_is_gone_ends_the_work(void **state)
{
	(void)state;
	reply_begin(&reply, &job, "cmd");
	assert_true(reply_goes_on(&reply));
	auto_close_fd(&ends[OUT][0]);
	assert_false(reply_goes_on(&reply));
	add_too_much();
	assert_int_equal(reply_end(&reply, 0), 1);
	assert_null(job.reason);
}

static void
the_streams_are_given_back_as_they_were(void **state)
{
	(void)state;
	reply_begin(&reply, &job, "cmd");
	assert_true(fcntl(job.out, F_GETFL) & O_NONBLOCK);
	assert_int_equal(reply_end(&reply, 0), 0);
	assert_false(fcntl(job.out, F_GETFL) & O_NONBLOCK);
	assert_false(fcntl(job.err, F_GETFL) & O_NONBLOCK);
}

#define REPLY_TEST(claim) \
	cmocka_unit_test_setup_teardown(claim, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		REPLY_TEST(what_is_answered_comes_in_order),
		REPLY_TEST(a_complaint_shows_a_name_escaped),
		REPLY_TEST(who_does_not_read_is_held_to_the_time),
		REPLY_TEST(who_does_not_read_complaints_is_held_to_it_too),
		REPLY_TEST(who_sends_nothing_is_held_to_it_too),
		REPLY_TEST(the_end_of_what_is_sent_is_no_limit),
		REPLY_TEST(no_more_bytes_go_than_a_session_has),
		REPLY_TEST(a_client_that_is_gone_ends_the_work),
		REPLY_TEST(the_streams_are_given_back_as_they_were),
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
