/* Each line that a source may send, and what is wrong with all others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "subsys/scp/control.h"

static struct control control;

static bool
parses(const char *line)
{
	return control_parse(line, strlen(line), &control) == NULL;
}

static void
a_file_has_mode_size_and_name(void **state)
{
	(void)state;
	assert_true(parses("C0644 5 name"));
	assert_int_equal(control.kind, CONTROL_FILE);
	assert_int_equal(control.mode, 0644);
	assert_int_equal(control.size, 5);
	assert_int_equal(control.name_len, 4);
	assert_memory_equal(control.name, "name", 4);
	assert_true(parses("C7777 9223372036854775807 a b  c "));
	assert_int_equal(control.mode, 07777);
	assert_true(control.size == INT64_MAX);
	assert_int_equal(control.name_len, 7);
	assert_true(parses("C0000 000 x"));
	assert_int_equal(control.size, 0);
	assert_true(parses("D0755 0 dir"));
	assert_int_equal(control.kind, CONTROL_DIRECTORY);
	assert_true(parses("D0755 4096 dir"));
	assert_true(parses("C0644 5 ")); /* the name is looked at later */
	assert_int_equal(control.name_len, 0);
}

static void
what_is_no_file_is_refused(void **state)
{
	static const char *const lines[] = { "C", "C0644", "C644 5 n",
		"C00644 5 n", "C0648 5 n", "C-644 5 n", "C064 5 n",
		"C0644  5 n", "C0644 -1 n", "C0644 +5 n", "C0644 n", "C0644 5",
		"C0644 0x5 n", "C0644 5\tn", "C0644\t5 n",
		"C0644 9223372036854775808 n", "C0644 18446744073709551615 n",
		"C0644 18446744073709551616 n",
		"C0644 99999999999999999999999999999999 n", "C 644 5 n",
		"D0755 dir", "D0755 -0 dir", "D755 0 dir", "c0644 5 n", "X", "",
		" C0644 5 n", "E ", "EE", "E0", "0", "bash: scp: nothing" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (parses(lines[i]))
			fail_msg("\"%s\" is a line", lines[i]);
	}
}

static void
times_are_whole_and_in_range(void **state)
{
	(void)state;
	assert_true(parses("T1000000000 0 1100000000 999999"));
	assert_int_equal(control.kind, CONTROL_TIMES);
	assert_true(control.has_times);
	assert_int_equal(control.times[1].tv_sec, 1000000000);
	assert_int_equal(control.times[0].tv_sec, 1100000000);
	assert_int_equal(control.times[0].tv_nsec, 999999000);
	assert_true(parses("T0 0 0 0"));
	assert_true(control.has_times);
	/* Such a time no file can have: it is left out. */
	assert_true(parses("T9223372036854775808 0 1 0"));
	assert_false(control.has_times);
	assert_true(parses("T1 0 99999999999999999999999 0"));
	assert_false(control.has_times);
	assert_false(parses("T"));
	assert_false(parses("T1"));
	assert_false(parses("T1 0"));
	assert_false(parses("T1 0 1"));
	assert_false(parses("T1 0 1 "));
	assert_false(parses("T1 0 1 0 "));
	assert_false(parses("T1 0 1 0 0"));
	assert_false(parses("T-1 0 1 0"));
	assert_false(parses("T1 1000000 1 0"));
	assert_false(parses("T1 0 1 1000000"));
	assert_false(parses("T1 -1 1 0"));
	assert_false(parses("T1 99999999999999999999999 1 0"));
	assert_false(parses("T1  0 1 0"));
}

static void
ends_and_errors_are_told_apart(void **state)
{
	(void)state;
	assert_true(parses("E"));
	assert_int_equal(control.kind, CONTROL_END);
	assert_true(parses("\1scp: x: No such file"));
	assert_int_equal(control.kind, CONTROL_ERROR);
	assert_true(parses("\1"));
	assert_true(parses("\2scp: lost"));
	assert_int_equal(control.kind, CONTROL_FATAL);
	assert_false(parses("\3"));
	assert_non_null(control_parse("\0", 1, &control));
}

/* A line is cut at each of its bytes: none of the pieces is the line. */
static void
no_part_of_a_line_is_a_line(void **state)
{
	static const char times[] = "T1000000000 0 1100000000 999999";
	static const char file[] = "C0644 5 n";

	(void)state;
	for (size_t len = 0; len < sizeof(times) - 6 - 1; len++)
		assert_non_null(control_parse(times, len, &control));
	for (size_t len = 0; len < sizeof(file) - 2; len++)
		assert_non_null(control_parse(file, len, &control));
	assert_null(control_parse(file, sizeof(file) - 2, &control));
	assert_non_null(control_name_fault(control.name, control.name_len));
}

static void
names_that_lead_anywhere_are_refused(void **state)
{
	static const char *const faulty[] = { "", ".", "..", "/", "a/b", "../x",
		"/etc/passwd", "a/", "a\nb", "\x1b[2J", "a\x7f", "\r", "\1" };
	static const char *const fine[] = { "a", "...", ".a", "a b", " ", "-r",
		"*", "f\xc3\xbcr", "\xff\xfe", "a\\b", "~", "$(id)", "`id`" };
	char byte[3] = "x?";

	(void)state;
	for (size_t i = 0; i < sizeof(faulty) / sizeof(faulty[0]); i++)
		if (control_name_fault(faulty[i], strlen(faulty[i])) == NULL)
			fail_msg("row %zu is a name", i);
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		if (control_name_fault(fine[i], strlen(fine[i])) != NULL)
			fail_msg("\"%s\" is no name", fine[i]);
	assert_non_null(control_name_fault("a\0b", 3));
	for (int i = 1; i < 256; i++) {
		byte[1] = (char)i;
		assert_int_equal(control_name_fault(byte, 2) == NULL,
		    i >= ' ' && i != 0x7f && i != '/');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_mode_size_and_name),
		cmocka_unit_test(what_is_no_file_is_refused),
		cmocka_unit_test(times_are_whole_and_in_range),
		cmocka_unit_test(ends_and_errors_are_told_apart),
		cmocka_unit_test(no_part_of_a_line_is_a_line),
		cmocka_unit_test(names_that_lead_anywhere_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
