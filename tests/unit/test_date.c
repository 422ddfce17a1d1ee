/* Dates as OpenSSH takes them, and nothing that only looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "base/date.h"

static void
dates_are_moments(void **state)
{
	static const struct {
		const char *text;
		int64_t when;
	} rows[] = {
		{ "20300102030405Z", 1893553445 },
		{ "203001020304Z", 1893553440 },
		{ "20300102Z", 1893542400 },
		{ "19700101000001Z", 1 },
		{ "20240229Z", 1709164800 }, /* a leap year's */
		{ "20380120Z", 2147558400 },
		{ "99991231235959Z", 253402300799 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t when = 0;

		if (!date_parse(rows[i].text, &when) || when != rows[i].when)
			fail_msg("%s is %lld", rows[i].text, (long long)when);
	}
}

static void
without_z_they_are_of_the_machines_zone(void **state)
{
	int64_t when = 0;

	(void)state;
	setenv("TZ", "UTC-2", 1);
	tzset();
	assert_true(date_parse("203001020304", &when));
	assert_int_equal(when, 1893553440 - 2 * 3600);
	assert_true(date_parse("203001020304Z", &when));
	assert_int_equal(when, 1893553440);
	unsetenv("TZ");
	tzset();
}

static void
what_is_no_date_is_none(void **state)
{
	static const char *const rows[] = { "", "Z", "2030", "203001",
		"2030010", "2030-01-02", "203001020", "20300102030",
		"2030010203040", "203001020304050", "20300102z", "20300102ZZ",
		"20300102 ", " 20300102", "+20300102", "20300001Z", "20301301Z",
		"20300100Z", "20300132Z", "20300231Z", "20230229Z", "20300431Z",
		"203001022400Z", "203001020060Z", "20300102000060Z",
		"19700101Z", "19691231Z", "00000000Z", "never", "20300102\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t when = 77;

		if (date_parse(rows[i], &when) || when != 77)
			fail_msg("\"%s\" is %lld", rows[i], (long long)when);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_moments),
		cmocka_unit_test(without_z_they_are_of_the_machines_zone),
		cmocka_unit_test(what_is_no_date_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
