/*
 * The option table against a second description of the options
 * (tests/corpus/rsync/options), in every spelling, direction and mode.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "confine/means.h"
#include "policy/policy.h"
#include "policy/restrictions.h"
#include "request/words.h"
#include "subsys/rsync/args.h"
#include "subsys/rsync/argv.h"
#include "subsys/rsync/option_table.h"
#include "subsys/rsync/rules.h"
#include "subsys/rsync/values.h"

#define DESCRIPTION "tests/corpus/rsync/options"

/* One line of the description. */
struct line {
	char spelling[32], fate[8], side[8], refused[64], good[64], bad[64];
};

/* A policy by its short name in the description. */
struct mode_name {
	const char *name;
	enum mode mode;
	bool may_delete, may_overwrite;
};

static const struct mode_name mode_names[] = {
	{ "rw", MODE_READ_WRITE, true, true },
	{ "ro", MODE_READ_ONLY, true, true },
	{ "wo", MODE_WRITE_ONLY, true, true },
	{ "co", MODE_CREATE_ONLY, true, true },
	{ "nodel", MODE_READ_WRITE, false, true },
	{ "noover", MODE_READ_WRITE, true, false },
};

enum { MODES = sizeof(mode_names) / sizeof(mode_names[0]) };

static struct line lines[400];
static size_t line_count;

static void
decode(char *text)
{
	char *out = text;

	if (strcmp(text, "-") == 0) {
		text[0] = '\0';
		return;
	}
	for (; *text != '\0'; text++) {
		if (strncmp(text, "\\x20", 4) == 0) {
			*out++ = ' ';
			text += 3;
		} else if (strncmp(text, "\\n", 2) == 0) {
			*out++ = '\n';
			text += 1;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

static int
read_description(void **state)
{
	FILE *file = fopen(DESCRIPTION, "re");
	char text[512];

	(void)state;
	if (file == NULL)
		return -1;
	while (fgets(text, sizeof(text), file) != NULL) {
		struct line *line = &lines[line_count];

		if (text[0] == '#' || line_count == 400)
			continue;
		if (sscanf(text, "%31s %7s %7s %63s %63s %63s", line->spelling,
			line->fate, line->side, line->refused, line->good,
			line->bad) != 6)
			continue;
		decode(line->refused);
		decode(line->good);
		decode(line->bad);
		line_count++;
	}
	fclose(file);
	return line_count < 150 ? -1 : 0;
}

static bool
lists(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)) != NULL; at++) {
		if ((at == list || at[-1] == ',') &&
		    (at[len] == ',' || at[len] == '\0'))
			return true;
	}
	return false;
}

static void
add(struct words *words, const char *text)
{
	assert_int_equal(words_append(words, text, strlen(text), false),
	    REFUSE_NOTHING);
}

/* rsync --server [--sender] OPTION[=VALUE | VALUE] . x */
static void
make_command(struct words *words, bool sender, const struct line *line,
    const char *value, bool apart)
{
	char text[128];

	add(words, "rsync");
	add(words, "--server");
	if (sender)
		add(words, "--sender");
	if (strcmp(line->spelling, "-s") != 0)
		add(words, "-r");
	snprintf(text, sizeof(text), "%s%s%s", line->spelling,
	    value[0] == '\0' || apart || line->spelling[1] != '-' ? "" : "=",
	    apart ? "" : value);
	add(words, text);
	if (apart)
		add(words, value);
	add(words, ".");
	add(words, "x");
}

/* Judges one command; *passed tells whether argv holds the option. */
static enum refusal
judge(const struct words *words, const struct mode_name *name,
    bool in_namespace, const char *spelling, bool *passed)
{
	const struct restrictions none = { .rrsync = NULL };
	const struct means means = { .view = in_namespace ? VIEW_MOUNTS
							  : VIEW_HOST };
	struct policy policy = { .mode = name->mode,
		.may_delete = name->may_delete,
		.may_overwrite = name->may_overwrite };
	const struct terms terms = { &policy, &none, &means };
	struct argv_value values[64] = { { "x", false } };
	const struct argv_frame frame = { .place = "/r" };
	struct rsync_args args = { 0 };
	struct verdict verdict = { 0 };
	struct names names = { 0 };
	struct argv argv = { 0 };
	enum refusal refusal = rsync_args_parse(&args, words, &verdict);

	*passed = false;
	args.rules = rsync_rules(&terms);
	if (refusal == REFUSE_NOTHING)
		refusal = rsync_rules_judge(&args, &verdict);
	if (refusal == REFUSE_NOTHING) {
		for (size_t i = 0; i < args.count; i++)
			values[i].text = "x";
		argv_build(&argv, &args, &frame, values, &names);
	}
	for (size_t i = 2; i < argv.count; i++) {
		const char *word = argv.at[i];
		size_t len = strlen(spelling);

		if (strcmp(word, "--") == 0)
			break;
		if (spelling[1] == '-')
			*passed = *passed ||
				  (strncmp(word, spelling, len) == 0 &&
				      (word[len] == '\0' || word[len] == '='));
		else
			*passed =
			    *passed || (word[1] != '-' &&
					   strchr(word, spelling[1]) != NULL);
	}
	argv_free(&argv);
	rsync_args_free(&args);
	return refusal;
}

static bool
expect_refused(const struct line *line, const struct mode_name *mode,
    bool sender, bool in_namespace)
{
	bool on_side = strcmp(line->side, "both") == 0 ||
		       strcmp(line->side, sender ? "pull" : "push") == 0;

	if (mode->mode == MODE_READ_ONLY && !sender)
		return true;
	if (mode->mode == MODE_WRITE_ONLY && sender)
		return true;
	if (strcmp(line->fate, "never") == 0)
		return true;
	if (strcmp(line->fate, "links") == 0)
		return on_side && !in_namespace;
	return on_side && lists(line->refused, mode->name);
}

/* What stock and other clients send but rsync is not handed on. */
static bool
expect_passed(const struct line *line, const struct mode_name *mode,
    bool sender, bool in_namespace)
{
	bool narrow = mode->mode == MODE_CREATE_ONLY || !mode->may_overwrite;
	const char *name = line->spelling;

	if (strcmp(line->fate, "drop") == 0)
		return false;
	if (strcmp(name, "--partial") == 0 && narrow)
		return sender;
	if (strcmp(name, "--inplace") == 0 && !mode->may_overwrite)
		return sender;
	if (strcmp(name, "--no-W") == 0 && mode->mode == MODE_WRITE_ONLY)
		return false;
	/* rsync removes what it finds under that name */
	if (strcmp(name, "--partial-dir") == 0 &&
	    (mode->mode == MODE_WRITE_ONLY || !mode->may_delete))
		return false;
	if (strcmp(name, "--copy-unsafe-links") == 0 && !in_namespace)
		return sender;
	/* a sender has no destination */
	if (sender && (strstr(name, "-dest") != NULL ||
			  strcmp(name, "--backup-dir") == 0 ||
			  strcmp(name, "--temp-dir") == 0 ||
			  strcmp(name, "--partial-dir") == 0))
		return false;
	return true;
}

static void
check_line(const struct line *line, const char *value, bool apart)
{
	for (size_t i = 0; i < MODES * 4; i++) {
		const struct mode_name *mode = &mode_names[i / 4];
		bool sender = i & 1, follow = i & 2, passed;
		struct words words = { 0 };
		enum refusal refusal;

		make_command(&words, sender, line, value, apart);
		refusal = judge(&words, mode, follow, line->spelling, &passed);
		if ((refusal != REFUSE_NOTHING) !=
		    expect_refused(line, mode, sender, follow))
			fail_msg("%s %s under %s, %s, links %d: %s",
			    line->spelling, value, mode->name,
			    sender ? "pull" : "push", follow,
			    refusal_word(refusal));
		/* -B and -@ are spelled out in argv. */
		if (refusal == REFUSE_NOTHING &&
		    !(line->spelling[1] != '-' && value[0] != '\0') &&
		    passed != expect_passed(line, mode, sender, follow))
			fail_msg("%s under %s, %s: handed on: %d",
			    line->spelling, mode->name,
			    sender ? "pull" : "push", passed);
		words_free(&words);
	}
}

static void
each_option_is_judged_as_described_in_every_mode(void **state)
{
	(void)state;
	for (size_t i = 0; i < line_count; i++) {
		check_line(&lines[i], lines[i].good, false);
	}
}

static bool
may_stand_apart(const char *spelling)
{
	return strstr(spelling, "-dir") != NULL ||
	       strstr(spelling, "-dest") != NULL ||
	       strcmp(spelling, "--files-from") == 0 ||
	       strcmp(spelling, "--suffix") == 0;
}

/* The spelling as rsync's server really receives it, and openrsync's. */
static void
values_that_are_paths_may_be_the_next_word(void **state)
{
	(void)state;
	for (size_t i = 0; i < line_count; i++) {
		if (lines[i].good[0] != '\0' && lines[i].spelling[1] == '-' &&
		    strcmp(lines[i].fate, "pass") == 0 &&
		    may_stand_apart(lines[i].spelling) &&
		    strcmp(lines[i].spelling, "--dirs") != 0)
			check_line(&lines[i], lines[i].good, true);
	}
}

static void
other_values_may_not_be_the_next_word(void **state)
{
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; i < line_count; i++) {
		const struct line *line = &lines[i];
		struct words words = { 0 };
		bool passed;

		if (line->good[0] == '\0' || may_stand_apart(line->spelling))
			continue;
		make_command(&words, false, line, line->good, true);
		if (judge(&words, &mode_names[0], true, line->spelling,
			&passed) == REFUSE_NOTHING)
			fail_msg("%s %s", line->spelling, line->good);
		words_free(&words);
		seen++;
	}
	assert_true(seen > 15);
}

static void
a_value_of_the_wrong_form_is_refused(void **state)
{
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; i < line_count; i++) {
		const struct line *line = &lines[i];
		struct words words = { 0 };
		bool passed;

		if (line->bad[0] != '\0') {
			make_command(&words, false, line, line->bad, false);
			if (judge(&words, &mode_names[0], true, line->spelling,
				&passed) == REFUSE_NOTHING)
				fail_msg("%s=%s", line->spelling, line->bad);
			seen++;
		}
		words_free(&words);
	}
	assert_true(seen > 15);
}

static void
options_without_a_value_take_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < line_count; i++) {
		struct words words = { 0 };
		bool passed;

		if (lines[i].good[0] == '\0' && lines[i].spelling[1] == '-') {
			make_command(&words, true, &lines[i], "1", false);
			if (judge(&words, &mode_names[0], true,
				lines[i].spelling, &passed) == REFUSE_NOTHING)
				fail_msg("%s=1", lines[i].spelling);
		}
		words_free(&words);
	}
}

static void
each_row_of_the_table_is_described(void **state)
{
	char spelling[64];
	const struct rsync_option *row = rsync_options;

	(void)state;
	for (; row->letter != 0 || row->name != NULL; row++) {
		bool found = row->letter == 'e';

		for (size_t i = 0; i < line_count && !found; i++) {
			const char *text = lines[i].spelling;

			found = row->name == NULL
				    ? text[1] == row->letter && text[2] == '\0'
				    : strcmp(text + 2, row->name) == 0;
		}
		snprintf(spelling, sizeof(spelling), "%s",
		    row->name == NULL ? (char[]){ row->letter, '\0' }
				      : row->name);
		if (!found)
			fail_msg("%s is in the table only", spelling);
	}
}

static void
no_letter_and_no_name_has_two_rows(void **state)
{
	const struct rsync_option *row = rsync_options;

	(void)state;
	for (; row->letter != 0 || row->name != NULL; row++) {
		if (row->letter != 0)
			assert_ptr_equal(rsync_option_letter(row->letter), row);
		if (row->name != NULL)
			assert_ptr_equal(rsync_option_name(row->name,
					     strlen(row->name)),
			    row);
		assert_true(row->fate != REFUSE || row->why != NULL);
	}
	assert_null(rsync_option_name("delet", 5));
	assert_null(rsync_option_letter('i'));
	assert_null(rsync_option_letter('f'));
	assert_null(rsync_option_letter('.'));
}

static void
each_kind_of_value_says_what_it_wants(void **state)
{
	(void)state;
	for (int kind = 0; kind < VALUE_COUNT; kind++)
		assert_non_null(rsync_value_wanted((enum rsync_value)kind));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    each_option_is_judged_as_described_in_every_mode),
		cmocka_unit_test(values_that_are_paths_may_be_the_next_word),
		cmocka_unit_test(other_values_may_not_be_the_next_word),
		cmocka_unit_test(a_value_of_the_wrong_form_is_refused),
		cmocka_unit_test(options_without_a_value_take_none),
		cmocka_unit_test(each_row_of_the_table_is_described),
		cmocka_unit_test(no_letter_and_no_name_has_two_rows),
		cmocka_unit_test(each_kind_of_value_says_what_it_wants),
	};

	return cmocka_run_group_tests(tests, read_description, NULL);
}
