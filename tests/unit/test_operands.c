/* Options and operands are told apart as GNU's getopt(3) does it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "subsys/operands.h"

static const struct long_option longs[] = { { "--all", 'a' }, { NULL, 0 } };
static const struct option_rules either = { "abl", longs, "", "ab" };
static const struct option_rules rules = { "abl", longs, "takes -a, -b, -l",
	NULL };

static struct words words;
static struct operands operands;
static struct verdict verdict;

static enum refusal
read_line(const char *line)
{
	words_free(&words);
	operands_free(&operands);
	assert_int_equal(words_split(line, strlen(line), &words),
	    REFUSE_NOTHING);
	return operands_read(&words, &rules, &operands, &verdict);
}

static int
free_all(void **state)
{
	(void)state;
	words_free(&words);
	operands_free(&operands);
	return 0;
}

/* count operands, the last of which is last; options as bits of "abl". */
static void
gives(const char *line, unsigned options, size_t count, const char *last)
{
	assert_int_equal(read_line(line), REFUSE_NOTHING);
	assert_int_equal(operands.options, options);
	assert_int_equal(operands.count, count);
	if (count > 0)
		assert_string_equal(operands.at[count - 1]->text, last);
}

static void
letters_stand_alone_or_together(void **state)
{
	(void)state;
	gives("c", 0, 0, NULL);
	gives("c -a -l", 1 | 4, 0, NULL);
	gives("c -la", 1 | 4, 0, NULL);
	gives("c '-b'", 2, 0, NULL);
}

static void
options_may_stand_behind_operands(void **state)
{
	(void)state;
	gives("c x -a y -b", 1 | 2, 2, "y");
	gives("c --all x", 1, 1, "x");
}

static void
two_dashes_end_options_once(void **state)
{
	(void)state;
	gives("c -a -- -b", 1, 1, "-b");
	gives("c -- --", 0, 1, "--");
	gives("c x -- -a", 0, 2, "-a");
}

static void
a_dash_and_an_empty_word_are_operands(void **state)
{
	(void)state;
	gives("c -", 0, 1, "-");
	gives("c ''", 0, 1, "");
}

static void
what_is_not_taken_is_refused_by_name(void **state)
{
	static const char *const lines[] = { "c -x", "c -ax", "c --al",
		"c --all=1", "c x -- y -a", "c ---" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		enum refusal refusal = read_line(lines[i]);

		/* Behind "--" anything goes: the control. */
		if (strstr(lines[i], " -- ") != NULL) {
			assert_int_equal(refusal, REFUSE_NOTHING);
			continue;
		}
		assert_int_equal(refusal, REFUSE_OPTION);
		assert_string_equal(verdict.because, rules.help);
	}
	assert_int_equal(read_line("c -\033x"), REFUSE_OPTION);
	assert_string_equal(verdict.what, "\"-\\x1bx\"");
}

/* As df has -h and -k, md5sum -b and -t. */
static void
of_two_that_exclude_each_other_the_last_holds(void **state)
{
	static const struct {
		const char *line;
		unsigned both, last;
	} rows[] = { { "c -a -b", 1 | 2, 2 }, { "c -ba", 1 | 2, 1 },
		{ "c -b --all", 1 | 2, 1 }, { "c -alb", 1 | 2 | 4, 2 | 4 },
		{ "c -a x -b -a", 1 | 2, 1 }, { "c -b -- -a", 2, 2 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(read_line(rows[i].line), REFUSE_NOTHING);
		assert_int_equal(operands.options, rows[i].both);
		operands_free(&operands);
		assert_int_equal(operands_read(&words, &either, &operands,
				     &verdict),
		    REFUSE_NOTHING);
		assert_int_equal(operands.options, rows[i].last);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_stand_alone_or_together),
		cmocka_unit_test(options_may_stand_behind_operands),
		cmocka_unit_test(two_dashes_end_options_once),
		cmocka_unit_test(a_dash_and_an_empty_word_are_operands),
		cmocka_unit_test(what_is_not_taken_is_refused_by_name),
		cmocka_unit_test(of_two_that_exclude_each_other_the_last_holds),
	};

	return cmocka_run_group_tests_name("operands", tests, NULL, free_all);
}
