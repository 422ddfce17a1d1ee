/*
 * Reads and writes finish over interruptions and short counts. The kernel's
 * side is scripted: read and write below take their next answer from a list.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* One answer of the kernel: how many bytes at most, or -errno. */
static const int *answers;
static size_t asked;
static char other_side[64];
static size_t other_len;

static ssize_t scripted_write(int fd, const void *bytes, size_t len);
static ssize_t scripted_read(int fd, void *bytes, size_t size);

#define write scripted_write
#define read scripted_read
#include "base/io.c" // NOLINT: its calls are ours here
#undef write
#undef read

static int
next_answer(size_t wanted)
{
	int answer = answers[asked++];

	if (answer < 0) {
		errno = -answer;
		return -1;
	}
	return (size_t)answer < wanted ? answer : (int)wanted;
}

static ssize_t
scripted_write(int fd, const void *bytes, size_t len)
{
	int count = next_answer(len);

	assert_int_equal(fd, 5);
	if (count > 0) {
		memcpy(other_side + other_len, bytes, (size_t)count);
		other_len += (size_t)count;
	}
	return count;
}

static ssize_t
scripted_read(int fd, void *bytes, size_t size)
{
	size_t left = sizeof(other_side) - other_len;
	int count = next_answer(size < left ? size : left);

	assert_int_equal(fd, 5);
	if (count > 0) {
		memcpy(bytes, other_side + other_len, (size_t)count);
		other_len += (size_t)count;
	}
	return count;
}

static void
script(const int *list)
{
	answers = list;
	asked = 0;
	other_len = 0;
}

static void
write_goes_on_after_short_counts_and_signals(void **state)
{
	static const int list[] = { -EINTR, 1, 3, -EINTR, 2, 100 };

	(void)state;
	script(list);
	assert_int_equal(io_write_all(5, "0123456789", 10), 0);
	assert_int_equal(other_len, 10);
	assert_memory_equal(other_side, "0123456789", 10);
	assert_int_equal(asked, 6);
}

static void
write_ends_at_an_error_and_leaves_errno(void **state)
{
	static const int list[] = { 4, -ENOSPC, 100 };

	(void)state;
	script(list);
	assert_int_equal(io_write_all(5, "0123456789", 10), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(asked, 2);
	assert_int_equal(other_len, 4);
}

static void
nothing_to_write_asks_nobody(void **state)
{
	static const int list[] = { -EIO };

	(void)state;
	script(list);
	assert_int_equal(io_write_all(5, NULL, 0), 0);
	assert_int_equal(asked, 0);
}

static void
read_goes_on_until_it_is_full(void **state)
{
	static const int list[] = { 1, -EINTR, 4, 100 };
	char bytes[12] = { 0 };

	(void)state;
	memcpy(other_side, "abcdefghijklmnop", 16);
	script(list);
	assert_int_equal(io_read_all(5, bytes, 11), 11);
	assert_string_equal(bytes, "abcdefghijk");
	assert_int_equal(asked, 4);
}

static void
read_ends_at_the_end_of_the_file(void **state)
{
	static const int list[] = { 3, 0, 100 };
	char bytes[12];

	(void)state;
	script(list);
	assert_int_equal(io_read_all(5, bytes, sizeof(bytes)), 3);
	assert_int_equal(asked, 2);
	script(list + 1);
	assert_int_equal(io_read_all(5, bytes, sizeof(bytes)), 0);
}

static void
read_ends_at_an_error_and_leaves_errno(void **state)
{
	static const int list[] = { 3, -EIO, 100 };
	char bytes[12];

	(void)state;
	script(list);
	assert_int_equal(io_read_all(5, bytes, sizeof(bytes)), -1);
	assert_int_equal(errno, EIO);
	assert_int_equal(asked, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(write_goes_on_after_short_counts_and_signals),
		cmocka_unit_test(write_ends_at_an_error_and_leaves_errno),
		cmocka_unit_test(nothing_to_write_asks_nobody),
		cmocka_unit_test(read_goes_on_until_it_is_full),
		cmocka_unit_test(read_ends_at_the_end_of_the_file),
		cmocka_unit_test(read_ends_at_an_error_and_leaves_errno),
	};

	return cmocka_run_group_tests_name("io", tests, NULL, NULL);
}
