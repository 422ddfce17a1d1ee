/*
 * Which patterns the configuration may have: those that every C library reads
 * alike. What they match is tested with glibc and, by "make musl", with musl.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "policy/globs.h"
#include "policy/policy.h"
#include "root/bars.h"

/* Patterns, each with a name that it matches and one that it doesn't. */
static const struct {
	const char *pattern, *match, *other;
} clear[] = {
	{ "a", "a", "A" },
	{ "*", ".a", NULL },
	{ ".*", ".a", "a." },
	{ "*.php", "\xff.php", ".phpx" },
	{ "*.[pP][hH][pP]", ".PhP", ".pht" },
	{ "?", "\xc3", "\xc3\xa4" },
	{ "\\*", "*", "a" },
	{ "\\[a]", "[a]", "a" },
	{ "[a-z]", "m", "M" },
	{ "[!a]", "\xff", "a" },
	{ "[^a-c]", "d", "b" },
	{ "[]]", "]", "[" },
	{ "[!]]", "a", "]" },
	{ "[]a]", "]", "b" },
	{ "[]-a]", "_", "b" },
	{ "[-a]", "-", "b" },
	{ "[a-]", "-", "b" },
	{ "[!-a]", "b", "-" },
	{ "[[]", "[", "]" },
	{ "[[:alpha:]]", "Z", "\xe4" },
	{ "[[:digit:]x]", "7", "a" },
	{ "[![:space:][:cntrl:]]", "a", "\t" },
	{ "[a[:upper:]-]", "Q", "b" },
	{ "\xc3\xa4*", "\xc3\xa4\xff", "\xc3" },
	{ "[\x80-\xff]", "\xa4", "a" },
	{ "[--a]", "0", "," },
	{ "]", "]", "[" },
	{ "a]", "a]", "a" },
	{ "-", "-", "a" },
	{ "[[a]", "[", "b" },
};
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
		if (!glob_is_clear(clear[i].pattern, strlen(clear[i].pattern)))
			fail_msg("not clear: %s", clear[i].pattern);
	}
}

static bool
matches(const char *pattern, const char *name)
{
	char text[32];
	char *at[] = { text };
	const struct texts globs = { .at = at, .count = 1 };

	snprintf(text, sizeof(text), "%s", pattern);
	return bars_name(&(struct bars){ .hide = &globs }, name) == ENOENT;
}

static void
what_is_clear_is_read_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(clear) / sizeof(clear[0]); i++) {
		if (!matches(clear[i].pattern, clear[i].match))
			fail_msg("%s is not %s", clear[i].match,
			    clear[i].pattern);
		if (clear[i].other != NULL &&
		    matches(clear[i].pattern, clear[i].other))
			fail_msg("%s is %s", clear[i].other, clear[i].pattern);
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
		cmocka_unit_test(what_is_clear_is_read_so),
		cmocka_unit_test(what_they_may_read_otherwise_is_not),
		cmocka_unit_test(nothing_behind_the_length_counts),
	};

	return cmocka_run_group_tests_name("globs", tests, NULL, NULL);
}
