/* Only printable ASCII between two quotes comes out, whatever goes in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/quote.h"

static char room[8192];
static struct buf buf;

static const char *
quoted(const char *bytes, size_t len, size_t max)
{
	buf_init(&buf, room, sizeof(room));
	quote_add(&buf, bytes, len, max);
	assert_false(buf.full);
	return buf_text(&buf);
}

static void
plain_text_stands_between_quotes(void **state)
{
	(void)state;
	assert_string_equal(quoted("", 0, 10), "\"\"");
	assert_string_equal(quoted("a b~", 4, 10), "\"a b~\"");
}

static void
what_could_break_a_line_is_escaped(void **state)
{
	(void)state;
	assert_string_equal(quoted("a\nb", 3, 99), "\"a\\nb\"");
	assert_string_equal(quoted("\t\r", 2, 99), "\"\\t\\r\"");
	assert_string_equal(quoted("\x1b[2J", 4, 99), "\"\\x1b[2J\"");
	assert_string_equal(quoted("a\"b\\c", 5, 99), "\"a\\\"b\\\\c\"");
	assert_string_equal(quoted("a\0b", 3, 99), "\"a\\x00b\"");
	assert_string_equal(quoted("\x7f\x80\xff", 3, 99),
	    "\"\\x7f\\x80\\xff\"");
	/* Latin C1 controls and bidi marks are bytes above 0x7e, too. */
	assert_string_equal(quoted("\xe2\x80\xae", 3, 99),
	    "\"\\xe2\\x80\\xae\"");
}

static int
hex(char digit)
{
	return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

/* Reads one escaped byte back; returns how long it was. */
static size_t
unescape(const char *text, unsigned char *byte)
{
	static const char named[] = "n\nt\tr\r\"\"\\\\";

	*byte = (unsigned char)text[0];
	if (text[0] != '\\')
		return 1;
	for (size_t i = 0; i + 1 < sizeof(named); i += 2)
		if (text[1] == named[i]) {
			*byte = (unsigned char)named[i + 1];
			return 2;
		}
	assert_int_equal(text[1], 'x');
	*byte = (unsigned char)(hex(text[2]) << 4 | hex(text[3]));
	return 4;
}

static void
every_byte_comes_out_printable_and_can_be_read_back(void **state)
{
	(void)state;
	for (int i = 0; i < 256; i++) {
		char byte = (char)i;
		const char *text = quoted(&byte, 1, 4);
		size_t len = strlen(text);
		unsigned char back;

		for (size_t at = 0; at < len; at++)
			assert_in_range((unsigned char)text[at], 0x20, 0x7e);
		assert_int_equal(text[0], '"');
		assert_int_equal(text[len - 1], '"');
		assert_int_equal(unescape(text + 1, &back), len - 2);
		assert_int_equal(back, i);
	}
}

static void
a_cut_is_told_behind_the_quote(void **state)
{
	(void)state;
	assert_string_equal(quoted("abcdef", 6, 6), "\"abcdef\"");
	assert_string_equal(quoted("abcdef", 6, 5), "\"abcde\"...");
	assert_string_equal(quoted("abc", 3, 0), "\"\"...");
	/* Never in the middle of an escape. */
	assert_string_equal(quoted("ab\x01", 3, 5), "\"ab\"...");
	assert_string_equal(quoted("ab\x01", 3, 6), "\"ab\\x01\"");
	/* A client's own dots stand inside. */
	assert_string_equal(quoted("a...", 4, 9), "\"a...\"");
}

static void
a_long_name_is_whole_where_it_may_be(void **state)
{
	char name[4096];
	const char *text;

	(void)state;
	memset(name, 'n', sizeof(name));
	text = quoted(name, sizeof(name), sizeof(name));
	assert_int_equal(strlen(text), sizeof(name) + 2);
	text = quoted(name, sizeof(name), sizeof(name) - 1);
	assert_int_equal(strlen(text), sizeof(name) - 1 + 2 + 3);
}

/* At each size of the buffer: the whole, or nothing and `full`. */
static void
where_it_does_not_fit_nothing_is_left(void **state)
{
	static const char bytes[] = "a\n\x01\"";
	static const char expected[] = "\"a\\n\\x01\\\"\"";
	size_t whole = sizeof(expected) - 1;

	(void)state;
	for (size_t size = 0; size < whole + 4; size++) {
		memset(room, '#', sizeof(room));
		buf_init(&buf, room, 2 + size);
		buf_add_text(&buf, "k=");
		quote_add(&buf, bytes, sizeof(bytes) - 1, 99);
		assert_int_equal(buf.full, size < whole);
		assert_int_equal(buf.len, size < whole ? 2 : 2 + whole);
		assert_int_equal(room[2 + size], '#');
	}
	assert_memory_equal(room + 2, expected, whole);
}

static void
json_takes_every_byte_as_a_character(void **state)
{
	static const char all[] = "a\n\"\\\x01\x7f\xc3\xa4\t";
	static const char expected[] =
	    "\"a\\u000a\\\"\\\\\\u0001\\u007f\\u00c3\\u00a4\\u0009\"";

	(void)state;
	buf_init(&buf, room, sizeof(room));
	assert_true(quote_add_json(&buf, all, sizeof(all) - 1, 999));
	assert_int_equal(buf.len, sizeof(expected) - 1);
	assert_memory_equal(room, expected, buf.len);
	/* Cut, never in the middle of an escape; it is still a string. */
	buf_init(&buf, room, sizeof(room));
	assert_false(quote_add_json(&buf, "ab\n", 3, 7));
	assert_int_equal(buf.len, 4);
	assert_memory_equal(room, "\"ab\"", 4);
	/* Nothing is left where it does not fit. */
	buf_init(&buf, room, 7);
	quote_add_json(&buf, "ab\n", 3, 99);
	assert_true(buf.full);
	assert_int_equal(buf.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_stands_between_quotes),
		cmocka_unit_test(what_could_break_a_line_is_escaped),
		cmocka_unit_test(
		    every_byte_comes_out_printable_and_can_be_read_back),
		cmocka_unit_test(a_cut_is_told_behind_the_quote),
		cmocka_unit_test(a_long_name_is_whole_where_it_may_be),
		cmocka_unit_test(where_it_does_not_fit_nothing_is_left),
		cmocka_unit_test(json_takes_every_byte_as_a_character),
	};

	return cmocka_run_group_tests_name("quote", tests, NULL, NULL);
}
