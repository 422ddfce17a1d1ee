/* Text becomes a number only where it is one, whole and in bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/num.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void
sums_and_products_that_wrap_are_refused(void **state)
{
	size_t out = 7;

	(void)state;
	assert_true(num_add(1, 2, &out));
	assert_int_equal(out, 3);
	assert_true(num_add(SIZE_MAX, 0, &out));
	assert_true(out == SIZE_MAX);
	assert_false(num_add(SIZE_MAX, 1, &out));
	assert_true(out == SIZE_MAX);
	assert_true(num_mul(1U << 16, 1U << 15, &out));
	assert_int_equal(out, UINT64_C(1) << 31);
	assert_true(num_mul(SIZE_MAX, 0, &out));
	assert_int_equal(out, 0);
	assert_false(num_mul(SIZE_MAX / 2 + 1, 2, &out));
	assert_int_equal(out, 0);
}

static void
offsets_end_at_two_to_the_63(void **state)
{
	off_t offset;

	(void)state;
	assert_true(num_to_off(0, &offset));
	assert_int_equal(offset, 0);
	assert_true(num_to_off(INT64_MAX, &offset));
	assert_true(offset == INT64_MAX);
	assert_false(num_to_off((uint64_t)INT64_MAX + 1, &offset));
	assert_false(num_to_off(UINT64_MAX, &offset));
}

static void
decimal_numbers_are_read_to_their_limits(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} good[] = {
		{ "0", 0 },
		{ "-0", 0 },
		{ "007", 7 },
		{ "42", 42 },
		{ "-42", -42 },
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
	};
	int64_t out;

	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++) {
		out = 1;
		if (!num_parse(good[i].text, INT64_MIN, INT64_MAX, &out) ||
		    out != good[i].value)
			fail_msg("%s", good[i].text);
	}
}

static void
what_is_not_wholly_a_number_is_refused(void **state)
{
	static const char *const bad[] = { "", "-", "--1", "+1", " 1", "1 ",
		"1x", "x", "0x10", "1.0", "1e3", "1\n", "\xd9\xa1",
		"9223372036854775808", "-9223372036854775809",
		"18446744073709551615", "18446744073709551616",
		"99999999999999999999999999999999" };
	int64_t out = 77;

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		if (num_parse(bad[i], INT64_MIN, INT64_MAX, &out))
			fail_msg("\"%s\" became %lld", bad[i], (long long)out);
		assert_int_equal(out, 77);
	}
}

static void
bounds_belong_to_the_range(void **state)
{
	int64_t out = 77;

	(void)state;
	assert_true(num_parse("5", 5, 9, &out));
	assert_true(num_parse("9", 5, 9, &out));
	assert_int_equal(out, 9);
	assert_false(num_parse("4", 5, 9, &out));
	assert_false(num_parse("10", 5, 9, &out));
	assert_false(num_parse("-5", 5, 9, &out));
	assert_int_equal(out, 9);
}

static void
octal_has_no_eight_and_no_sign(void **state)
{
	static const char *const bad[] = { "", "8", "18", "-1", "+1", "0o7",
		"0x7", " 7", "7 ", "1000", "7777777777777777777777777" };
	unsigned out = 0;

	(void)state;
	assert_true(num_parse_octal("022", 0777, &out));
	assert_int_equal(out, 022);
	assert_true(num_parse_octal("777", 0777, &out));
	assert_int_equal(out, 0777);
	for (size_t i = 0; i < LENGTH(bad); i++)
		if (num_parse_octal(bad[i], 0777, &out))
			fail_msg("\"%s\" became %o", bad[i], out);
	assert_int_equal(out, 0777);
}

static void
sizes_take_one_suffix(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "1k", 1024 },
		{ "3K", 3072 },
		{ "2m", 2 << 20 },
		{ "1G", 1 << 30 },
		{ "5T", UINT64_C(5) << 40 },
		{ "18446744073709551615", UINT64_MAX },
		{ "16777215T", UINT64_C(16777215) << 40 },
	};
	static const char *const bad[] = { "", "K", "1KB", "1KK", "1P", "k1",
		"-1", "-1K", "1 K", "1.5G", "0x1K", "18446744073709551616",
		"16777216T", "99999999999999999999999999K" };
	uint64_t out = 77;

	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++)
		if (!num_parse_size(good[i].text, UINT64_MAX, &out) ||
		    out != good[i].value)
			fail_msg("%s", good[i].text);
	out = 77;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		if (num_parse_size(bad[i], UINT64_MAX, &out))
			fail_msg("\"%s\" became %llu", bad[i],
			    (unsigned long long)out);
		assert_int_equal(out, 77);
	}
	assert_true(num_parse_size("1K", 1024, &out));
	assert_false(num_parse_size("1025", 1024, &out));
	assert_false(num_parse_size("2K", 1024, &out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_and_products_that_wrap_are_refused),
		cmocka_unit_test(offsets_end_at_two_to_the_63),
		cmocka_unit_test(decimal_numbers_are_read_to_their_limits),
		cmocka_unit_test(what_is_not_wholly_a_number_is_refused),
		cmocka_unit_test(bounds_belong_to_the_range),
		cmocka_unit_test(octal_has_no_eight_and_no_sign),
		cmocka_unit_test(sizes_take_one_suffix),
	};

	return cmocka_run_group_tests_name("num", tests, NULL, NULL);
}
