/* Locals that own clean up when they leave scope, and only then. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "base/fd.h"

static int
open_null(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static int
left_open(void)
{
	auto_fd int fd = open_null();

	return fd;
}

static int
given_away(void)
{
	auto_fd int fd = open_null();

	return take_fd(&fd);
}

static void
descriptor_is_closed_at_the_end_of_its_scope(void **state)
{
	int fd = left_open();

	(void)state;
	assert_false(fd_is_open(fd));
}

static void
descriptor_that_is_given_away_stays_open(void **state)
{
	int fd = given_away();

	(void)state;
	assert_true(fd_is_open(fd));
	assert_int_equal(close(fd), 0);
}

static void
closing_keeps_errno_and_leaves_the_local_empty(void **state)
{
	int bad = 1 << 20, fd = open_null(), copy = fd;

	(void)state;
	errno = ENOSPC;
	auto_close_fd(&bad); /* EBADF inside */
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(bad, -1);
	auto_close_fd(&fd);
	assert_int_equal(fd, -1);
	/* Another may have the number by now: it must live. */
	assert_int_equal(open_null(), copy);
	auto_close_fd(&fd);
	assert_true(fd_is_open(copy));
	assert_int_equal(close(copy), 0);
}

static void
empty_descriptor_closes_nothing(void **state)
{
	int fd = -1;

	(void)state;
	errno = 0;
	auto_close_fd(&fd);
	assert_int_equal(errno, 0);
	assert_int_equal(fd, -1);
}

static void
memory_is_freed_once_and_the_owner_left_empty(void **state)
{
	char *text = strdup("text");
	int *numbers = calloc(2, sizeof(*numbers));

	(void)state;
	assert_non_null(text);
	assert_non_null(numbers);
	auto_free_memory(&text);
	auto_free_memory(&numbers);
	assert_null(text);
	assert_null(numbers);
	auto_free_memory(&text);
}

static char *
memory_given_away(void)
{
	auto_free char *text = strdup("kept");

	return take_memory(&text);
}

static void
memory_that_is_given_away_lives_on(void **state)
{
	auto_free char *text = memory_given_away();

	(void)state;
	assert_string_equal(text, "kept");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptor_is_closed_at_the_end_of_its_scope),
		cmocka_unit_test(descriptor_that_is_given_away_stays_open),
		cmocka_unit_test(
		    closing_keeps_errno_and_leaves_the_local_empty),
		cmocka_unit_test(empty_descriptor_closes_nothing),
		cmocka_unit_test(memory_is_freed_once_and_the_owner_left_empty),
		cmocka_unit_test(memory_that_is_given_away_lives_on),
	};

	return cmocka_run_group_tests_name("auto", tests, NULL, NULL);
}
