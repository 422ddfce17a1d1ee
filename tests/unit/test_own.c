/* Own is what this session made within the window, and nothing else. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "root/abilities.h"
#include "root/own.h"
#include "root/root.h"
#include "scratch.h"
#include "session/session.h"
#include "tick.h"

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

static struct root root;

static int
setup(void **state)
{
	(void)state;
	return scratch_make(0777) == 0 ? root_open(&root, ".", false) : -1;
}

static int
teardown(void **state)
{
	root_close(&root);
	return scratch_remove(state);
}

static struct own
own_now(unsigned window)
{
	struct session session = { .uid = geteuid() };
	struct own result;

	clock_gettime(CLOCK_REALTIME_COARSE, &session.started);
	clock_gettime(CLOCK_MONOTONIC, &session.started_steady);
	own_init(&result, &session, window, &root);
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
	assert_true(abilities_of(&root.abilities, fd)->keeps_births);
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
	assert_false(abilities_of(&root.abilities, fd)->keeps_births);
	assert_false(own_is(&session, fd));
	assert_false(own_is(&session, -1));
	close(fd);
}

/* As if our file system were one that keeps no births. */
static void
take_births_away(void)
{
	struct file_system *fs = abilities_of(&root.abilities, root.fd);

	assert_true(fs->keeps_births);
	fs->keeps_births = false;
}

static int
pin(const char *name)
{
	int fd = open(name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void
add(struct own *judge, const char *name)
{
	int fd = pin(name);

	own_add(judge, fd);
	close(fd);
}

static bool
is_in_set(const struct own *judge, const char *name)
{
	int fd = pin(name);
	bool result = own_is(judge, fd);

	close(fd);
	return result;
}

static void
without_births_only_what_was_added_is_own(void **state)
{
	struct own session = own_now(3600);

	(void)state;
	make("new");
	make("added");
	assert_true(is_in_set(&session, "new"));
	take_births_away();
	assert_false(is_in_set(&session, "new"));
	add(&session, "added");
	assert_true(is_in_set(&session, "added"));
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_int_equal(symlink("x", "link"), 0);
	add(&session, "dir");
	add(&session, "link");
	assert_true(is_in_set(&session, "dir"));
	assert_true(is_in_set(&session, "link"));
	assert_int_equal(rename("added", "moved"), 0);
	assert_true(is_in_set(&session, "moved"));
	assert_false(is_in_set(&session, "new"));
	own_free(&session);
}

/* The numbers of files that went are used again, at once on many systems. */
static void
a_number_that_is_used_again_is_not_own(void **state)
{
	struct own session = own_now(3600);
	struct stat was, now;
	bool met = false;

	(void)state;
	take_births_away();
	for (int i = 0; i < 200; i++) {
		make("mine");
		add(&session, "mine");
		assert_true(is_in_set(&session, "mine"));
		assert_int_equal(stat("mine", &was), 0);
		assert_int_equal(unlink("mine"), 0);
		/* Both are told apart by their births. */
		tick_wait();
		make("other");
		assert_int_equal(stat("other", &now), 0);
		met = met || was.st_ino == now.st_ino;
		assert_false(is_in_set(&session, "other"));
		assert_int_equal(unlink("other"), 0);
	}
	own_free(&session);
	if (!met)
		skip();
}

static void
what_was_added_is_own_for_the_window_and_not_longer(void **state)
{
	struct own session = own_now(1);
	int fd;

	(void)state;
	take_births_away();
	make("new");
	add(&session, "new");
	assert_true(is_in_set(&session, "new"));
	pass_time(2100);
	assert_false(is_in_set(&session, "new"));
	fd = pin("new");
	own_keep(&session, fd);
	assert_false(own_is(&session, fd));
	own_add(&session, fd);
	assert_true(own_is(&session, fd));
	/* One of two names goes, then the other. */
	assert_int_equal(link("new", "link"), 0);
	assert_int_equal(unlink("new"), 0);
	own_forget(&session, fd);
	assert_true(own_is(&session, fd));
	assert_int_equal(unlink("link"), 0);
	own_forget(&session, fd);
	assert_false(own_is(&session, fd));
	close(fd);
	own_free(&session);
}

/* ... and is as old as it was born. */
static void
what_changes_hands_stays_own_as_long_as_it_would(void **state)
{
	struct own session = own_now(3);
	int fd;

	(void)state;
	make("old");
	pass_time(50);
	clock_gettime(CLOCK_REALTIME_COARSE, &session.since);
	make("new");
	pass_time(1500);
	fd = pin("old");
	own_keep(&session, fd);
	close(fd);
	fd = pin("new");
	own_keep(&session, fd);
	session.uid++;
	assert_false(is_in_set(&session, "old"));
	assert_true(own_is(&session, fd));
	pass_time(2700);
	assert_false(own_is(&session, fd));
	close(fd);
	own_free(&session);
}

static bool
agree(time_t real, time_t steady)
{
	const struct own judge = { .since = { 100000, 0 },
		.since_steady = { 500, 0 } };
	const struct timespec now = { 100000 + real, 0 };
	const struct timespec now_steady = { 500 + steady, 0 };

	return own_clocks_agree(&judge, &now, &now_steady);
}

static void
a_clock_that_is_slewed_agrees_and_one_that_is_set_does_not(void **state)
{
	(void)state;
	assert_true(agree(0, 0) && agree(3600, 3600));
	assert_true(agree(3602, 3600) && agree(3598, 3600));
	assert_true(agree(86443, 86400));
	assert_false(agree(-3, 0));
	assert_false(agree(3, 0));
	assert_false(agree(3000, 3600));
	assert_false(agree(-100000, 3600));
	assert_false(agree(7200, 3600));
}

/* The clock was set back in the session: births tell nothing any more. */
static void
births_count_for_nothing_once_the_clock_was_set(void **state)
{
	struct own session = own_now(3600);

	(void)state;
	make("new");
	assert_true(is_own(&session, "new"));
	session.since_steady.tv_sec -= 600;
	assert_false(is_own(&session, "new"));
	add(&session, "new");
	assert_true(is_own(&session, "new"));
	own_free(&session);
}

/* The clock was set back before: the root has changed in its future. */
static void
births_count_for_nothing_where_the_root_changed_in_the_future(void **state)
{
	struct session session = { .uid = geteuid() };
	struct own judge;

	(void)state;
	make("new");
	clock_gettime(CLOCK_REALTIME_COARSE, &session.started);
	clock_gettime(CLOCK_MONOTONIC, &session.started_steady);
	session.started.tv_sec -= 60;
	session.started_steady.tv_sec -= 60;
	own_init(&judge, &session, 3600, &root);
	assert_false(is_own(&judge, "new"));
	judge.ignores_births = false;
	assert_true(is_own(&judge, "new"));
}

#define TEST(claim) cmocka_unit_test_setup_teardown(claim, setup, teardown)

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
		TEST(without_births_only_what_was_added_is_own),
		TEST(a_number_that_is_used_again_is_not_own),
		TEST(what_was_added_is_own_for_the_window_and_not_longer),
		TEST(what_changes_hands_stays_own_as_long_as_it_would),
		cmocka_unit_test(
		    a_clock_that_is_slewed_agrees_and_one_that_is_set_does_not),
		TEST(births_count_for_nothing_once_the_clock_was_set),
		TEST(
		    births_count_for_nothing_where_the_root_changed_in_the_future),
		TEST(where_nothing_tells_a_birth_nothing_is_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
