/* Each refusal has its word, status and sentence; no peer's byte is raw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "request/refusal.h"

static struct verdict verdict;
static char room[2048];

static const char *
described(void)
{
	struct buf out;

	buf_init(&out, room, sizeof(room));
	refusal_describe(&verdict, &out);
	assert_false(out.full);
	return buf_text(&out);
}

static void
every_row_is_complete_and_its_word_its_own(void **state)
{
	(void)state;
	for (enum refusal i = 0; i < REFUSE_COUNT; i++) {
		const char *word = refusal_word(i);
		const char *text;

		assert_non_null(word);
		assert_int_equal(strspn(word, "abcdefghijklmnopqrstuvwxyz-"),
		    strlen(word));
		for (enum refusal other = 0; other < i; other++)
			assert_string_not_equal(word, refusal_word(other));
		assert_int_equal(verdict_set(&verdict, i, NULL, NULL, 0), i);
		text = described();
		assert_true(strlen(text) >= 7);
		for (; *text != '\0'; text++)
			assert_in_range((unsigned char)*text, 0x20, 0x7e);
	}
}

static void
status_is_one_but_for_three(void **state)
{
	(void)state;
	assert_int_equal(refusal_status(REFUSE_NOTHING), 0);
	assert_int_equal(refusal_status(REFUSE_MISCONFIGURED), 78);
	assert_int_equal(refusal_status(REFUSE_CONFINEMENT), 126);
	for (enum refusal i = REFUSE_NOTHING + 1; i < REFUSE_COUNT; i++) {
		if (i != REFUSE_MISCONFIGURED && i != REFUSE_CONFINEMENT)
			assert_int_equal(refusal_status(i), 1);
	}
}

static void
sentence_names_what_and_why(void **state)
{
	(void)state;
	verdict_set(&verdict, REFUSE_OPTION, "it writes", "-x", 2);
	assert_string_equal(described(),
	    "this option is refused: \"-x\": it writes");
	verdict_set(&verdict, REFUSE_OPTION, NULL, "-x", 2);
	assert_string_equal(described(), "this option is refused: \"-x\"");
	verdict_set(&verdict, REFUSE_OPTION, "it writes", NULL, 0);
	assert_string_equal(described(), "this option is refused: it writes");
	verdict_set(&verdict, REFUSE_OPTION, NULL, "", 0);
	assert_string_equal(described(), "this option is refused: \"\"");
}

static void
a_peers_bytes_are_escaped_and_cut(void **state)
{
	char flood[5000];

	(void)state;
	verdict_set(&verdict, REFUSE_COMMAND, NULL, "a\n\x1b[2J\0b", 8);
	assert_string_equal(verdict.what, "\"a\\n\\x1b[2J\\x00b\"");
	memset(flood, '\x1b', sizeof(flood));
	verdict_set(&verdict, REFUSE_COMMAND, NULL, flood, sizeof(flood));
	assert_true(strlen(verdict.what) < sizeof(verdict.what));
	assert_int_equal(strspn(verdict.what, "\"\\x1b."),
	    strlen(verdict.what));
	assert_string_equal(verdict.what + strlen(verdict.what) - 4, "\"...");
	assert_null(strpbrk(described(), "\n\x1b"));
}

static void
a_verdict_forgets_the_one_before(void **state)
{
	(void)state;
	verdict_set(&verdict, REFUSE_COMMAND, "because", "what", 4);
	verdict_set(&verdict, REFUSE_NOTHING, NULL, NULL, 0);
	assert_int_equal(verdict.refusal, REFUSE_NOTHING);
	assert_null(verdict.because);
	assert_string_equal(verdict.what, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_complete_and_its_word_its_own),
		cmocka_unit_test(status_is_one_but_for_three),
		cmocka_unit_test(sentence_names_what_and_why),
		cmocka_unit_test(a_peers_bytes_are_escaped_and_cut),
		cmocka_unit_test(a_verdict_forgets_the_one_before),
	};

	return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
