/* Words are split as a shell would, nothing is expanded, nothing repaired. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "request/words.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static struct words words;

static int
tear_down(void **state)
{
	(void)state;
	words_free(&words);
	return 0;
}

static enum refusal
split(const char *raw)
{
	words_free(&words);
	return words_split(raw, strlen(raw), &words);
}

/* The words between bars, each quoted byte with a ' in front of it. */
static const char *
shown(void)
{
	static char text[512];
	size_t len = 0;

	for (size_t i = 0; i < words.count; i++) {
		const struct word *word = &words.at[i];

		assert_int_equal(word->text[word->len], '\0');
		for (size_t at = 0; at < word->len; at++) {
			if (word->quoted[at])
				text[len++] = '\'';
			text[len++] = word->text[at];
		}
		text[len++] = '|';
		assert_true(len < sizeof(text) - 8);
	}
	text[len] = '\0';
	return text;
}

static void
words_and_marks_are_those_of_a_shell(void **state)
{
	static const struct {
		const char *raw;
		const char *shown;
	} rows[] = {
		{ "", "" },
		{ "  \t ", "" },
		{ "a", "a|" },
		{ " a\tb  c ", "a|b|c|" },
		{ "''", "|" },
		{ "\"\" ''", "||" },
		{ "a''b", "ab|" },
		{ "'a b'", "'a' 'b|" },
		{ "\"a b\"", "'a' 'b|" },
		{ "a\\ b", "a' b|" },
		{ "a'b'c\"d\"e", "a'bc'de|" },
		{ "\\a\\'\\\"", "'a'''\"|" },
		/* A backslash is literal inside '...' */
		{ "'a\\b'", "'a'\\'b|" },
		/* ... and escapes only four bytes inside "..." */
		{ "\"\\\"\\\\\\$\\`\"", "'\"'\\'$'`|" },
		{ "\"\\a\\ \"", "'\\'a'\\' |" },
		{ "\"it's\"", "'i't'''s|" },
		{ "'say \"x\"'", "'s'a'y' '\"'x'\"|" },
		/* rsync 3.2.7 sends newlines bare, others escape them. */
		{ "a\nb c", "a\nb|c|" },
		{ "a\\\nb", "a'\nb|" },
		{ "a\rb", "a\rb|" },
		/* Not expanded, only kept apart. */
		{ "~/a *? [x] {a,b} #c !d =e", "~/a|*?|[x]|{a,b}|#c|!d|=e|" },
		{ "br\\[1\\].txt br[1].txt", "br'[1'].txt|br[1].txt|" },
		{ "\x01\x1b\x7f\xff", "\x01\x1b\x7f\xff|" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		if (split(rows[i].raw) != REFUSE_NOTHING)
			fail_msg("%s is refused", rows[i].raw);
		assert_string_equal(shown(), rows[i].shown);
	}
}

/* The pattern with c in place of its @. */
static const char *
with(char c, const char *pattern)
{
	static char raw[32];

	assert_true(strlen(pattern) < sizeof(raw));
	memcpy(raw, pattern, strlen(pattern) + 1);
	*strchr(raw, '@') = c;
	return raw;
}

static void
metacharacters_are_refused_outside_quotes_only(void **state)
{
	static const char *const bare[] = { "@", "a@b", "a @ b", "a@", "@a",
		"'a'@", "\"a\"@'b'", "\\\\@" };
	static const char *const kept[] = { "\\@", "'@'", "a'@'b", "\"a @\"" };
	static const char all[] = ";&|<>()$`";

	(void)state;
	for (const char *c = all; *c != '\0'; c++) {
		for (size_t i = 0; i < LENGTH(bare); i++)
			if (split(with(*c, bare[i])) != REFUSE_METACHARACTER)
				fail_msg("%s is served", with(*c, bare[i]));
		for (size_t i = 0; i < LENGTH(kept); i++) {
			if (split(with(*c, kept[i])) != REFUSE_NOTHING)
				fail_msg("%s is refused", with(*c, kept[i]));
			assert_non_null(strchr(words.at[0].text, *c));
		}
	}
}

/* In a shell these would expand inside "..."; here they are text. */
static void
nothing_is_expanded_inside_double_quotes(void **state)
{
	(void)state;
	assert_int_equal(split("\"$HOME\" \"`id`\" \"$(id)\" '$HOME'"),
	    REFUSE_NOTHING);
	assert_true(words_is(&words, 0, "$HOME"));
	assert_true(words_is(&words, 1, "`id`"));
	assert_true(words_is(&words, 2, "$(id)"));
	assert_true(words_is(&words, 3, "$HOME"));
}

static void
unbalanced_quotes_are_refused(void **state)
{
	static const char *const bad[] = { "'", "\"", "a'", "a\"", "'a\"",
		"\"a'", "a\\", "\\", "'a' \"b", "\"a\\\"", "\"a\\", "it's" };

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		if (split(bad[i]) != REFUSE_QUOTES)
			fail_msg("%s", bad[i]);
}

static char *
repeated(const char *part, size_t count)
{
	size_t len = strlen(part);
	char *text = malloc(len * count + 1);

	assert_non_null(text);
	for (size_t i = 0; i < count; i++)
		memcpy(text + i * len, part, len);
	text[len * count] = '\0';
	return text;
}

static void
length_is_bounded(void **state)
{
	char *raw = repeated("a", WORDS_MAX_BYTES + 1);

	(void)state;
	assert_int_equal(split(raw), REFUSE_TOO_LONG);
	assert_int_equal(words.count, 0);
	raw[WORDS_MAX_BYTES] = '\0';
	assert_int_equal(split(raw), REFUSE_NOTHING);
	assert_int_equal(words.count, 1);
	assert_int_equal(words.at[0].len, WORDS_MAX_BYTES);
	free(raw);
	raw = repeated("a", 120000);
	assert_int_equal(split(raw), REFUSE_TOO_LONG);
	free(raw);
}

static void
count_is_bounded(void **state)
{
	char *raw = repeated("a ", WORDS_MAX_COUNT + 1);

	(void)state;
	assert_int_equal(split(raw), REFUSE_TOO_LONG);
	raw[2 * WORDS_MAX_COUNT] = '\0';
	assert_int_equal(split(raw), REFUSE_NOTHING);
	assert_int_equal(words.count, WORDS_MAX_COUNT);
	assert_true(words_is(&words, WORDS_MAX_COUNT - 1, "a"));
	assert_int_equal(words_append(&words, "b", 1, false), REFUSE_TOO_LONG);
	assert_int_equal(words.count, WORDS_MAX_COUNT);
	free(raw);
}

static void
words_can_be_appended_as_they_are(void **state)
{
	char *raw = repeated("a", WORDS_MAX_BYTES + 1);

	(void)state;
	assert_int_equal(split("one"), REFUSE_NOTHING);
	assert_int_equal(words_append(&words, "t;w o", 5, false),
	    REFUSE_NOTHING);
	assert_int_equal(words_append(&words, "*", 1, true), REFUSE_NOTHING);
	assert_int_equal(words_append(&words, "", 0, true), REFUSE_NOTHING);
	assert_string_equal(shown(), "one|t;w o|'*||");
	assert_int_equal(words_append(&words, raw, WORDS_MAX_BYTES + 1, true),
	    REFUSE_TOO_LONG);
	assert_int_equal(words.count, 4);
	free(raw);
}

static void
a_word_is_compared_whole(void **state)
{
	(void)state;
	assert_int_equal(split("rsync '' b"), REFUSE_NOTHING);
	assert_int_equal(words_append(&words, "a\0b", 3, false),
	    REFUSE_NOTHING);
	assert_true(words_is(&words, 0, "rsync"));
	assert_false(words_is(&words, 0, "rsyn"));
	assert_false(words_is(&words, 0, "rsyncd"));
	assert_true(words_is(&words, 1, ""));
	assert_false(words_is(&words, 3, "a"));
	assert_false(words_is(&words, 4, ""));
	assert_false(words_is(&words, SIZE_MAX, ""));
}

static void
freed_words_are_an_empty_list(void **state)
{
	(void)state;
	assert_int_equal(split("a b c"), REFUSE_NOTHING);
	words_free(&words);
	assert_int_equal(words.count, 0);
	assert_false(words_is(&words, 0, "a"));
	words_free(&words);
	assert_int_equal(split("d"), REFUSE_NOTHING);
	assert_string_equal(shown(), "d|");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, tear_down)
		TEST(words_and_marks_are_those_of_a_shell),
		TEST(metacharacters_are_refused_outside_quotes_only),
		TEST(nothing_is_expanded_inside_double_quotes),
		TEST(unbalanced_quotes_are_refused),
		TEST(length_is_bounded),
		TEST(count_is_bounded),
		TEST(words_can_be_appended_as_they_are),
		TEST(a_word_is_compared_whole),
		TEST(freed_words_are_an_empty_list),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
