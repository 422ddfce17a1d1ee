/*
 * Which patterns the configuration may have. That both C libraries read those
 * alike: tests/e2e/both-libcs-say-the-same.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "policy/globs.h"

static const char *const clear[] = { "a", "*", ".*", "*.php", "*.[pP][hH][pP]",
	"?", "\\*", "\\[a]", "[a-z]", "[!a]", "[^a-c]", "[]]", "[!]]", "[]a]",
	"[]-a]", "[-a]", "[a-]", "[!-a]", "[[]", "[[:alpha:]]", "[[:digit:]x]",
	"[![:space:][:cntrl:]]", "[a[:upper:]-]", "\xc3\xa4*", "[\x80-\xff]",
	"[--a]", "]", "a]", "-", "[[a]" };
static const char *const unclear[] = { "a/b", "/", "[/]", "\\/", "[a-/]", "\\",
	"a\\", "[", "[a", "a[", "[]", "[!]", "[!", "[^", "[[:alpha:]", "[a\\]",
	"[\\]]", "[\\a]", "[a-\\]]", "[[.a.]]", "[[=a=]]", "[[:alfa:]]", "[[:]",
	"[[:alpha:]-z]", "[a-[:alpha:]]", "[a-[]", "[c-a]", "[a-c-e]", "[a--]",
	"[a-z-]]x[", "[a-z-b]" };

static void
what_every_libc_reads_alike_is_clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(clear) / sizeof(clear[0]); i++) {
		if (!glob_is_clear(clear[i], strlen(clear[i])))
			fail_msg("not clear: %s", clear[i]);
	}
}

static void
what_they_may_read_otherwise_is_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(unclear) / sizeof(unclear[0]); i++) {
		if (glob_is_clear(unclear[i], strlen(unclear[i])))
			fail_msg("clear: %s", unclear[i]);
	}
}

static void
nothing_behind_the_length_counts(void **state)
{
	(void)state;
	assert_true(glob_is_clear("a[", 1));
	assert_false(glob_is_clear("[a]", 2));
	assert_false(glob_is_clear("[[:alpha:]]", 10));
	assert_false(glob_is_clear("[a-c]", 4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_every_libc_reads_alike_is_clear),
		cmocka_unit_test(what_they_may_read_otherwise_is_not),
		cmocka_unit_test(nothing_behind_the_length_counts),
	};

	return cmocka_run_group_tests_name("globs", tests, NULL, NULL);
}
