/* What does not fit is not written, not even in part, and is remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"

enum { SIZE = 16, GUARD = 8 };

/* Memory with a guard behind it, which every test finds untouched. */
static unsigned char room[SIZE + GUARD];
static struct buf buf;

static int
set_up(void **state)
{
	(void)state;
	memset(room, 0xa5, sizeof(room));
	buf_init(&buf, room, SIZE);
	return 0;
}

static int
guard_is_whole(void **state)
{
	(void)state;
	for (size_t i = SIZE; i < sizeof(room); i++)
		if (room[i] != 0xa5)
			return -1;
	return 0;
}

static void
what_fits_is_appended(void **state)
{
	(void)state;
	buf_add(&buf, "abc", 3);
	buf_add(&buf, "", 0);
	buf_add(&buf, NULL, 0);
	buf_add_text(&buf, "def");
	buf_addf(&buf, "%d-%s", 42, "x");
	assert_int_equal(buf.len, 10);
	assert_memory_equal(room, "abcdef42-x", 10);
	assert_false(buf.full);
	buf_add(&buf, "123456", 6);
	assert_int_equal(buf.len, SIZE);
	assert_false(buf.full);
}

static void
what_does_not_fit_changes_nothing_but_full(void **state)
{
	volatile size_t most = SIZE_MAX; /* a compiler that sees it warns */

	(void)state;
	buf_add(&buf, "0123456789", 10);
	buf_add(&buf, "abcdefg", 7);
	assert_true(buf.full);
	assert_int_equal(buf.len, 10);
	assert_int_equal(room[10], 0xa5);
	buf_add(&buf, "abcdef", 6);
	assert_int_equal(buf.len, SIZE);
	assert_true(buf.full); /* a later success does not hide it */
	buf_add(&buf, "x", most);
	assert_int_equal(buf.len, SIZE);
}

static void
formatted_text_is_whole_or_absent(void **state)
{
	(void)state;
	buf_addf(&buf, "%s", "123456789012345");
	assert_int_equal(buf.len, 15);
	assert_false(buf.full);
	set_up(NULL);
	/* vsnprintf wants a byte for its NUL, too. */
	buf_addf(&buf, "%s", "1234567890123456");
	assert_true(buf.full);
	assert_int_equal(buf.len, 0);
	set_up(NULL);
	buf_addf(&buf, "%01000d", 1);
	assert_true(buf.full);
	assert_int_equal(buf.len, 0);
}

static void
numbers_stand_in_network_order(void **state)
{
	static const unsigned char expected[] = { 0xfe, 0x01, 0x02, 0x03, 0x04,
		0x81, 0x12, 0x23, 0x34, 0x45, 0x56, 0x67, 0x78 };

	(void)state;
	buf_add_u8(&buf, 0xfe);
	buf_add_u32(&buf, 0x01020304);
	buf_add_u64(&buf, UINT64_C(0x8112233445566778));
	assert_int_equal(buf.len, sizeof(expected));
	assert_memory_equal(room, expected, sizeof(expected));
	buf_add_u32(&buf, 0);
	assert_true(buf.full);
	assert_int_equal(buf.len, sizeof(expected));
}

static void
string_has_its_length_or_is_absent(void **state)
{
	(void)state;
	buf_add_string(&buf, "ab\0c", 4);
	buf_add_string(&buf, "", 0);
	assert_int_equal(buf.len, 12);
	assert_memory_equal(room, "\0\0\0\4ab\0c\0\0\0\0", 12);
	buf_add_string(&buf, "x", 1); /* four bytes of length, none for x */
	assert_true(buf.full);
	assert_int_equal(buf.len, 12);
	buf.full = false;
	buf_add_string(&buf, "x", SIZE_MAX);
	assert_true(buf.full);
	buf.full = false;
	buf_add_string(&buf, "x", (size_t)UINT32_MAX + 1);
	assert_true(buf.full);
	assert_int_equal(buf.len, 12);
}

static void
text_ends_with_a_nul_that_is_not_counted(void **state)
{
	(void)state;
	assert_string_equal(buf_text(&buf), "");
	buf_add_text(&buf, "abc");
	assert_string_equal(buf_text(&buf), "abc");
	assert_int_equal(buf.len, 3);
	buf_add_text(&buf, "def");
	assert_string_equal(buf_text(&buf), "abcdef");
	buf_add_text(&buf, "0123456789"); /* to the last byte */
	assert_false(buf.full);
	assert_string_equal(buf_text(&buf), "abcdef012345678");
}

static void
numbers_are_decimal_in_their_width(void **state)
{
	(void)state;
	buf_add_number(&buf, 0, 0);
	buf_add_number(&buf, 42, 4);
	buf_add_number(&buf, 12345, 3);
	assert_string_equal(buf_text(&buf), "0  4212345");
	set_up(state);
	buf_add_number(&buf, UINT64_MAX, 0); /* 20 digits */
	assert_true(buf.full);
	assert_int_equal(buf.len, 0);
}

static void
bytes_are_two_hexadecimal_digits(void **state)
{
	static const unsigned char bytes[] = { 0x00, 0x7f, 0xa0, 0xff };

	(void)state;
	buf_add_hex(&buf, bytes, sizeof(bytes));
	assert_string_equal(buf_text(&buf), "007fa0ff");
	assert_false(buf.full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, guard_is_whole)
		TEST(what_fits_is_appended),
		TEST(what_does_not_fit_changes_nothing_but_full),
		TEST(formatted_text_is_whole_or_absent),
		TEST(numbers_stand_in_network_order),
		TEST(string_has_its_length_or_is_absent),
		TEST(numbers_are_decimal_in_their_width),
		TEST(bytes_are_two_hexadecimal_digits),
		TEST(text_ends_with_a_nul_that_is_not_counted),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
