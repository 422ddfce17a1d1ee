/* Sizes are written as coreutils' -h and numfmt(1) --round=up write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/human.h"

static void
known_sizes_read_as_coreutils_has_them(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = { { 0, "0" }, { 1, "1" }, { 1023, "1023" }, { 1024, "1.0K" },
		{ 1025, "1.1K" }, { 10239, "10K" }, { 10240, "10K" },
		{ 10241, "11K" }, { 1047553, "1.0M" }, { 1047552, "1023K" },
		{ 1048576, "1.0M" }, { 10485759, "10M" },
		{ UINT64_C(1) << 40, "1.0T" }, { UINT64_MAX, "16E" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char out[HUMAN_BYTES];

		assert_string_equal(human_size(rows[i].bytes, out),
		    rows[i].text);
	}
}

/* What was written, in bytes, at least, and less than a tenth more. */
static void
nothing_looks_smaller_than_it_is(void **state)
{
	(void)state;
	for (uint64_t bytes = 1; bytes < UINT64_C(1) << 52;
	     bytes += bytes / 37 + 1) {
		char out[HUMAN_BYTES], unit = '\0';
		double value = 0;

		sscanf(human_size(bytes, out), "%lf%c", &value, &unit);
		assert_true(strlen(out) <= 5);
		for (const char *at = "KMGTPE"; unit != '\0'; at++) {
			value *= 1024;
			if (*at == unit)
				break;
		}
		assert_true(value >= (double)bytes);
		assert_true(value < (double)bytes * 1.1 + 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_sizes_read_as_coreutils_has_them),
		cmocka_unit_test(nothing_looks_smaller_than_it_is),
	};

	return cmocka_run_group_tests_name("human", tests, NULL, NULL);
}
