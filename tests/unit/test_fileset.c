/* The set of objects that a session made. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "privatens.h"
#include "root/fileset.h"
#include "scratch.h"
#include "tick.h"

enum { FILES = 300, WINDOW = 10, WINDOW_MS = WINDOW * 1000 };

static int
new_file(int number)
{
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "%d", number);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	return fd;
}

static int
set_up(void **state)
{
	(void)state;
	return scratch_make(0700);
}

static void
what_was_added_is_found_and_nothing_else(void **state)
{
	struct fileset set = { 0 };
	int fds[FILES];

	(void)state;
	for (int i = 0; i < FILES; i++) {
		fds[i] = new_file(i);
		assert_false(fileset_has(&set, fds[i], 0, WINDOW));
		if (i % 3 != 0)
			fileset_add(&set, fds[i], 0);
	}
	for (int i = 0; i < FILES; i++)
		assert_int_equal(fileset_has(&set, fds[i], 0, WINDOW),
		    i % 3 != 0);
	/* A name is nothing to it: neither a second one nor a new one. */
	assert_int_equal(link("1", "linked"), 0);
	assert_int_equal(rename("0", "1"), 0);
	assert_true(fileset_has(&set, fds[1], 0, WINDOW));
	assert_false(fileset_has(&set, fds[0], 0, WINDOW));
	for (int i = 0; i < FILES; i++)
		close(fds[i]);
	fileset_free(&set);
	assert_null(set.items);
}

static void
what_is_older_than_the_window_is_not_found(void **state)
{
	struct fileset set = { 0 };
	int fd = new_file(1);

	(void)state;
	fileset_add(&set, fd, 5);
	assert_true(fileset_has(&set, fd, WINDOW_MS + 5, WINDOW));
	assert_false(fileset_has(&set, fd, WINDOW_MS + 6, WINDOW));
	/* Nor what was added later than now. */
	assert_false(fileset_has(&set, fd, 4, WINDOW));
	assert_false(fileset_has(&set, fd, 6, 0));
	/* Added again it begins anew, and is there once. */
	fileset_add(&set, fd, 1000);
	assert_int_equal(set.count, 1);
	assert_true(fileset_has(&set, fd, WINDOW_MS + 1000, WINDOW));
	fileset_drop(&set, fd);
	assert_false(fileset_has(&set, fd, 1000, WINDOW));
	fileset_add(&set, fd, 2000);
	assert_true(fileset_has(&set, fd, 2000, WINDOW));
	close(fd);
	fileset_free(&set);
}

static void
now_goes_on(void **state)
{
	int64_t before = fileset_now();

	(void)state;
	assert_true(before > 0);
	usleep(20000);
	assert_in_range(fileset_now() - before, 10, 20000);
}

/* Directories, symlinks and FIFOs are told by O_PATH as files are. */
static void
each_kind_of_object_is_known(void **state)
{
	static const char *const names[] = { "d", "l", "p" };
	struct fileset set = { 0 };

	(void)state;
	assert_int_equal(mkdir("d", 0700), 0);
	assert_int_equal(symlink("d", "l"), 0);
	assert_int_equal(mkfifo("p", 0600), 0);
	for (int i = 0; i < 3; i++) {
		int fd = open(names[i], O_PATH | O_NOFOLLOW | O_CLOEXEC);

		assert_true(fd >= 0);
		assert_false(fileset_has(&set, fd, 0, WINDOW));
		fileset_add(&set, fd, 0);
		assert_true(fileset_has(&set, fd, 0, WINDOW));
		close(fd);
	}
	assert_int_equal(set.count, 3);
	fileset_free(&set);
}

static void
the_oldest_are_forgotten_first(void **state)
{
	struct fileset set = { .limit = 64 };
	int fds[FILES];

	(void)state;
	for (int i = 0; i < FILES; i++) {
		fds[i] = new_file(i);
		fileset_add(&set, fds[i], i);
	}
	assert_int_equal(set.count, 64);
	for (int i = 0; i < FILES; i++)
		assert_int_equal(fileset_has(&set, fds[i], FILES, WINDOW),
		    i >= FILES - 64);
	for (int i = 0; i < FILES; i++)
		close(fds[i]);
	fileset_free(&set);
}

static ino_t
inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

/* Some file systems give a number again at once, others never. */
static void
an_inode_number_that_is_used_again_is_another_object(void **state)
{
	struct fileset set = { 0 };

	(void)state;
	for (int i = 0; i < 50; i++) {
		int old = new_file(i), new;
		char name[16];
		ino_t number = inode_of(old);

		fileset_add(&set, old, 0);
		close(old);
		snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(unlink(name), 0);
		tick_wait();
		new = new_file(i);
		if (inode_of(new) == number)
			assert_false(fileset_has(&set, new, 0, WINDOW));
		close(new);
		assert_int_equal(unlink(name), 0);
	}
	fileset_free(&set);
}

/* In a file system that keeps no births. Returns 0 where all is well. */
static int
act_without_births(const void *context)
{
	struct fileset set = { 0 };
	struct statx st;
	int a, b;

	(void)context;
	if (private_mounts() != 0 || mkdir("m", 0700) != 0 ||
	    mount("none", "m", "ramfs", 0, NULL) != 0)
		return PRIVATE_NOT_POSSIBLE;
	a = open("m/a", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	b = open("m/b", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (a < 0 || b < 0 ||
	    statx(a, "", AT_EMPTY_PATH, STATX_BTIME, &st) != 0 ||
	    (st.stx_mask & STATX_BTIME) != 0)
		return 1;
	fileset_add(&set, a, 0);
	return fileset_has(&set, a, 0, WINDOW) &&
		       !fileset_has(&set, b, 0, WINDOW)
		   ? 0
		   : 2;
}

static void
where_no_births_are_kept_objects_are_known_too(void **state)
{
	int result = child_run(0, act_without_births, NULL);

	(void)state;
	if (result == PRIVATE_NOT_POSSIBLE)
		skip();
	assert_int_equal(result, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_remove)
		TEST(what_was_added_is_found_and_nothing_else),
		TEST(what_is_older_than_the_window_is_not_found),
		TEST(now_goes_on),
		TEST(each_kind_of_object_is_known),
		TEST(the_oldest_are_forgotten_first),
		TEST(an_inode_number_that_is_used_again_is_another_object),
		TEST(where_no_births_are_kept_objects_are_known_too),
	};

	return cmocka_run_group_tests_name("fileset", tests, NULL, NULL);
}
