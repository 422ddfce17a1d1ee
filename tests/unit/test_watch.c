/*
 * Who watches over a session: what it says when the login is shut, that it
 * ends with the session, and that the session ends when it is gone.
 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <cmocka.h>

#include "child.h"
#include "limits/watch.h"

enum { EVERY = 20, SOON_MS = 15 * 1000 };

/* The verdict's letter is in this file: who looks has none of our descriptors.
 */
static char path[64];

static enum watch_verdict
look(const void *context, int64_t *until)
{
	const char *name = context;
	char verdict = 'g';
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	(void)until;
	if (fd < 0 || read(fd, &verdict, 1) != 1)
		verdict = 'g';
	if (fd >= 0)
		close(fd);
	return verdict == 'd'   ? WATCH_DISABLED
	       : verdict == 'e' ? WATCH_EXPIRED
				: WATCH_GOES_ON;
}

static void
say(char verdict)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, &verdict, 1), 1);
	close(fd);
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "/tmp/watch.%d", (int)getpid());
	say('g');
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static bool
is_readable(int fd, int ms)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return poll(&ready, 1, ms) == 1;
}

static void
nobody_watches_where_nothing_is_given(void **state)
{
	(void)state;
	assert_int_equal(watch_fd(NULL), -1);
}

static void
what_is_seen_is_told(void **state)
{
	static const struct {
		char verdict;
		const char *key;
	} rows[] = { { 'd', "disabled" }, { 'e', "expires" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct watch watch;

		say('g');
		assert_int_equal(watch_start(&watch, look, path, EVERY, 0), 0);
		assert_false(is_readable(watch_fd(&watch), 10 * EVERY));
		say(rows[i].verdict);
		assert_true(is_readable(watch_fd(&watch), SOON_MS));
		assert_string_equal(watch_heard(&watch), rows[i].key);
		watch_stop(&watch);
		assert_int_equal(watch_fd(&watch), -1);
		assert_int_equal(waitpid(-1, NULL, 0) > 0, 1);
	}
}

static enum watch_verdict
look_at_clock(const void *context, int64_t *until)
{
	const int64_t *when = context;

	*until = *when;
	return time(NULL) >= *when ? WATCH_EXPIRED : WATCH_GOES_ON;
}

/* A date needs no round of looks: the next one would be in an hour. */
static void
a_date_is_met_when_it_comes(void **state)
{
	int64_t when = time(NULL) + 2;
	struct watch watch;

	(void)state;
	assert_int_equal(watch_start(&watch, look_at_clock, &when, 3600 * 1000,
			     when),
	    0);
	assert_false(is_readable(watch_fd(&watch), 500));
	assert_true(is_readable(watch_fd(&watch), SOON_MS));
	assert_true(time(NULL) >= when);
	assert_string_equal(watch_heard(&watch), "expires");
	watch_stop(&watch);
	assert_true(waitpid(-1, NULL, 0) > 0);
}

/* Looks at nothing but how often it looks: a byte each time. */
static enum watch_verdict
look_and_count(const void *context, int64_t *until)
{
	int fd = open(context, O_WRONLY | O_APPEND | O_CLOEXEC);

	(void)until;
	if (fd >= 0 && write(fd, "g", 1) != 1)
		_exit(1);
	close(fd);
	return WATCH_GOES_ON;
}

/* A time that has come, and after which the session goes on, is no reason to
 * look again and again. */
static void
a_date_that_has_gone_is_looked_at_once(void **state)
{
	enum { HOUR_MS = 3600 * 1000 };
	struct watch watch;
	struct stat st;

	(void)state;
	assert_int_equal(watch_start(&watch, look_and_count, path, HOUR_MS,
			     time(NULL) - 1),
	    0);
	for (int i = 0; i < SOON_MS / EVERY; i++) {
		assert_int_equal(stat(path, &st), 0);
		if (st.st_size > 1)
			break;
		assert_false(is_readable(watch_fd(&watch), EVERY));
	}
	assert_false(is_readable(watch_fd(&watch), 20 * EVERY));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 2); /* what say wrote, and one look */
	watch_stop(&watch);
	assert_true(waitpid(-1, NULL, 0) > 0);
}

static void
it_ends_with_its_session(void **state)
{
	struct watch watch;

	(void)state;
	assert_int_equal(watch_start(&watch, look, path, 3600 * 1000, 0), 0);
	watch_stop(&watch);
	assert_true(waitpid(-1, NULL, 0) > 0);
	errno = 0;
	assert_int_equal(waitpid(-1, NULL, 0), -1);
	assert_int_equal(errno, ECHILD);
}

static pid_t
only_child(void)
{
	char name[64], text[32] = "";
	int fd;

	snprintf(name, sizeof(name), "/proc/self/task/%d/children",
	    (int)getpid());
	fd = open(name, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return (pid_t)strtol(text, NULL, 10);
}

static void
a_session_without_its_watch_ends(void **state)
{
	struct watch watch;
	pid_t pid;

	(void)state;
	assert_int_equal(watch_start(&watch, look, path, 3600 * 1000, 0), 0);
	pid = only_child();
	/* What sshd sends to all of a session is not for it. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(kill(pid,
				     (int[]){ SIGHUP, SIGTERM, SIGINT }[i]),
		    0);
	assert_false(is_readable(watch_fd(&watch), 200));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_true(is_readable(watch_fd(&watch), SOON_MS));
	assert_string_equal(watch_heard(&watch), "unwatched");
	watch_stop(&watch);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* In a child: a session that hears nothing. */
static int
sleep_on(const void *context)
{
	struct watch watch;

	if (watch_start(&watch, look, context, EVERY, 0) != 0)
		return CHILD_FAILED;
	for (;;)
		pause();
}

static void
a_session_that_hears_nothing_is_ended(void **state)
{
	time_t began = time(NULL);

	(void)state;
	say('d');
	assert_int_equal(child_run(0, sleep_on, path), CHILD_DIED + SIGTERM);
	assert_true(time(NULL) - began < 15);
}

/* The client would wait for the end of what the session said. */
static void
it_keeps_no_descriptor_of_the_session(void **state)
{
	int ends[2];
	struct watch watch;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(watch_start(&watch, look, path, 3600 * 1000, 0), 0);
	close(ends[1]);
	assert_true(is_readable(ends[0], SOON_MS));
	close(ends[0]);
	watch_stop(&watch);
	assert_true(waitpid(-1, NULL, 0) > 0);
}

#define WATCH_TEST(claim) \
	cmocka_unit_test_setup_teardown(claim, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_watches_where_nothing_is_given),
		WATCH_TEST(what_is_seen_is_told),
		WATCH_TEST(a_date_is_met_when_it_comes),
		WATCH_TEST(a_date_that_has_gone_is_looked_at_once),
		WATCH_TEST(it_ends_with_its_session),
		WATCH_TEST(a_session_without_its_watch_ends),
		WATCH_TEST(a_session_that_hears_nothing_is_ended),
		WATCH_TEST(it_keeps_no_descriptor_of_the_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
