/* The set of files that a session made. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "broker/fileset.h"
#include "root/own.h"
#include "scratch.h"

enum { FILES = 300 };

static int
new_file(int dir, int number)
{
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "%d", number);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	return fd;
}

static void
what_was_added_is_found_and_nothing_else(void **state)
{
	struct fileset made = { 0 };
	int dir, fds[FILES];

	(void)state;
	assert_int_equal(scratch_make(0700), 0);
	dir = open(".", O_PATH | O_CLOEXEC);
	assert_null(fileset_find(&made, dir));
	if (!own_is_known(dir))
		skip();
	for (int i = 0; i < FILES; i++) {
		fds[i] = new_file(dir, i);
		if (i % 3 != 0)
			fileset_add(&made, fds[i], i % 3 == 2);
	}
	for (int i = 0; i < FILES; i++) {
		const struct fileset_item *found = fileset_find(&made, fds[i]);

		assert_int_equal(found != NULL, i % 3 != 0);
		if (found != NULL)
			assert_int_equal(found->by_writing, i % 3 == 2);
	}
	assert_int_equal(made.count, FILES / 3 * 2);
	/* Added again, by writing stays what it was. */
	fileset_add(&made, fds[2], false);
	assert_true(fileset_find(&made, fds[2])->by_writing);
	assert_int_equal(made.count, FILES / 3 * 2);
	for (int i = 0; i < FILES; i++)
		close(fds[i]);
	close(dir);
	fileset_free(&made);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    what_was_added_is_found_and_nothing_else, scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
