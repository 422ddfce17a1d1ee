/* Own is what our uid made in this session and window, and nothing else. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "root/own.h"
#include "scratch.h"
#include "session/session.h"

static const struct own own = { .uid = 7,
	.since = { 1000, 500 },
	.window = 60 };

static bool
covers(time_t birth, long birth_ns, time_t now, long now_ns)
{
	const struct timespec b = { birth, birth_ns }, n = { now, now_ns };

	return own_covers(&own, &b, &n);
}

static void
own_begins_with_the_session(void **state)
{
	(void)state;
	assert_true(covers(1000, 500, 1010, 0));
	assert_true(covers(1000, 501, 1010, 0));
	assert_false(covers(1000, 499, 1010, 0));
	assert_false(covers(999, 999999999, 1010, 0));
}

static void
own_ends_with_the_window(void **state)
{
	(void)state;
	assert_true(covers(1100, 5, 1160, 5));
	assert_false(covers(1100, 5, 1160, 6));
	assert_false(covers(1100, 5, 1200, 0));
	/* ... which never reaches back before the session. */
	assert_false(covers(990, 0, 1000, 600));
}

static void
the_future_is_not_own(void **state)
{
	(void)state;
	assert_true(covers(1010, 7, 1010, 7));
	assert_false(covers(1010, 8, 1010, 7));
	assert_false(covers(1011, 0, 1010, 7));
	assert_false(covers(INT64_MAX, 0, 1010, 0));
}

static void
a_clock_before_all_time_covers_nothing(void **state)
{
	const struct own wide = { .since = { INT64_MIN, 0 }, .window = 60 };
	const struct timespec start = { INT64_MIN, 0 };

	(void)state;
	assert_false(own_covers(&wide, &start, &start));
}

static int
setup(void **state)
{
	(void)state;
	return scratch_make(0777);
}

static struct own
own_now(unsigned window)
{
	struct session session = { .uid = geteuid() };
	struct own result;

	clock_gettime(CLOCK_REALTIME_COARSE, &session.started);
	own_init(&result, &session, window);
	return result;
}

static void
make(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static bool
is_own(const struct own *judge, const char *name)
{
	int fd = open(name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	bool result;

	assert_true(fd >= 0);
	assert_true(own_is_known(fd));
	result = own_is(judge, fd);
	close(fd);
	return result;
}

static void
pass_time(long ms)
{
	const struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	assert_int_equal(nanosleep(&pause, NULL), 0);
}

/* Thousands of times: the clocks must never call what is new a stranger. */
static void
what_a_session_makes_is_own_and_what_was_there_is_not(void **state)
{
	struct own session;

	(void)state;
	make("old");
	pass_time(50);
	session = own_now(3600);
	for (int i = 0; i < 2000; i++) {
		make("new");
		assert_true(is_own(&session, "new"));
		assert_int_equal(unlink("new"), 0);
	}
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_int_equal(symlink("old", "link"), 0);
	assert_true(is_own(&session, "dir"));
	assert_true(is_own(&session, "link"));
	assert_false(is_own(&session, "old"));
}

/* Neither writing, renaming nor another time of change makes one own. */
static void
nothing_done_to_an_old_file_makes_it_own(void **state)
{
	struct timespec times[2];
	struct own session;
	int fd;

	(void)state;
	make("old");
	pass_time(50);
	session = own_now(3600);
	fd = open("old", O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, "x", 1), 1);
	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[1] = times[0];
	assert_int_equal(futimens(fd, times), 0);
	assert_int_equal(fchmod(fd, 0644), 0);
	close(fd);
	assert_int_equal(rename("old", "new"), 0);
	assert_false(is_own(&session, "new"));
	assert_int_equal(link("new", "old"), 0);
	assert_false(is_own(&session, "old"));
}

static void
what_is_older_than_the_window_is_own_no_more(void **state)
{
	struct own session = own_now(1);

	(void)state;
	make("new");
	assert_true(is_own(&session, "new"));
	pass_time(1100);
	assert_false(is_own(&session, "new"));
}

static void
what_belongs_to_another_uid_is_not_own(void **state)
{
	struct own session = own_now(3600), other = session;

	(void)state;
	make("new");
	other.uid++;
	assert_true(is_own(&session, "new"));
	assert_false(is_own(&other, "new"));
}

static void
where_nothing_tells_a_birth_nothing_is_own(void **state)
{
	struct own session = own_now(3600);
	int fd = open("/proc/self", O_PATH | O_CLOEXEC);

	(void)state;
	session.since = (struct timespec){ 0, 0 };
	assert_true(fd >= 0);
	assert_false(own_is_known(fd));
	assert_false(own_is(&session, fd));
	assert_false(own_is(&session, -1));
	close(fd);
}

#define TEST(claim) \
	cmocka_unit_test_setup_teardown(claim, setup, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_begins_with_the_session),
		cmocka_unit_test(own_ends_with_the_window),
		cmocka_unit_test(the_future_is_not_own),
		cmocka_unit_test(a_clock_before_all_time_covers_nothing),
		TEST(what_a_session_makes_is_own_and_what_was_there_is_not),
		TEST(nothing_done_to_an_old_file_makes_it_own),
		TEST(what_is_older_than_the_window_is_own_no_more),
		TEST(what_belongs_to_another_uid_is_not_own),
		TEST(where_nothing_tells_a_birth_nothing_is_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
