/*
 * The language of an absent shell: braces, ~ and wildcards mean what they did
 * there, quoted ones nothing, and none of them shows what lies outside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/auto.h"
#include "policy/policy.h"
#include "request/braces.h"
#include "root/glob.h"
#include "root/root.h"
#include "scratch.h"
#include "subsys/rsync/unescape.h"

static struct root root;

/* top/root is the root; top/secret lies outside. */
static int
set_up(void **state)
{
	static const char *const directories[] = { "root", "secret", "root/d1",
		"root/d2" };
	static const char *const files[] = { "secret/s1", "root/a1", "root/a2",
		"root/.hidden", "root/br[1].txt", "root/br1.txt", "root/-x",
		"root/with space", "root/d1/f", "root/d2/f", "root/d2/g" };

	(void)state;
	assert_int_equal(scratch_make(0700), 0);
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++)
		assert_int_equal(mkdir(directories[i], 0755), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		scratch_put(files[i], "", 0644);
	assert_int_equal(symlink("../secret", "root/out"), 0);
	return root_open(&root, "root", false);
}

static int
tear_down(void **state)
{
	root_close(&root);
	return scratch_remove(state);
}

static bool
matches(const char *pattern, const char *name)
{
	struct words words = { 0 };
	bool result;

	assert_int_equal(words_split(pattern, strlen(pattern), &words),
	    REFUSE_NOTHING);
	assert_int_equal(words.count, 1);
	result = glob_match(&words.at[0], 0, words.at[0].len, name, false);
	words_free(&words);
	return result;
}

static void
stars_marks_and_sets_match_as_in_a_shell(void **state)
{
	(void)state;
	assert_true(matches("*", "abc"));
	assert_true(matches("a*c", "abc"));
	assert_true(matches("a*c", "ac"));
	assert_false(matches("a*c", "acb"));
	assert_true(matches("*a*b*", "xxaxxbxx"));
	assert_true(matches("?b?", "abc"));
	assert_false(matches("?", ""));
	assert_true(matches("[abc]x", "bx"));
	assert_false(matches("[!abc]x", "bx"));
	assert_true(matches("[^abc]x", "dx"));
	assert_true(matches("[a-c]", "b"));
	assert_false(matches("[a-c]", "d"));
	assert_true(matches("[]]", "]"));
	assert_true(matches("[!]]", "a"));
	assert_true(matches("[[:digit:]]*", "1a"));
	assert_false(matches("[[:digit:]]*", "a1"));
	assert_true(matches("[a-]", "-"));
	assert_true(matches("[a", "[a"));
	assert_true(matches("[", "["));
}

static void
a_leading_dot_must_be_written(void **state)
{
	(void)state;
	assert_true(matches(".h*", ".hidden"));
	assert_false(matches("*hidden", ".hidden"));
	assert_false(matches("?hidden", ".hidden"));
	assert_false(matches("[.]hidden", ".hidden"));
}

static void
a_quoted_wildcard_is_itself(void **state)
{
	(void)state;
	assert_true(matches("a\\*", "a*"));
	assert_false(matches("a\\*", "ab"));
	assert_true(matches("'br[1]*'", "br[1]*"));
	assert_true(matches("br\\[1\\].txt", "br[1].txt"));
	assert_false(matches("br\\[1\\].txt", "br1.txt"));
	assert_true(matches("br[1].txt", "br1.txt"));
	assert_true(matches("[\\]a]", "a"));
}

/* 64 stars against a long name that almost matches */
static void
many_stars_take_no_time(void **state)
{
	char pattern[200] = "", name[256];

	(void)state;
	for (size_t i = 0; i < 64; i++)
		memcpy(pattern + 2 * i, "a*", 3);
	memcpy(pattern + 128, "b", 2);
	memset(name, 'a', 255);
	name[255] = '\0';
	alarm(10);
	assert_false(matches(pattern, name));
	alarm(0);
}

/* What braces make of a word, a comma between. */
static void
expands(const char *raw, const char *wanted)
{
	struct words words = { 0 }, out = { 0 };
	char joined[4096] = "";

	assert_int_equal(words_split(raw, strlen(raw), &words), REFUSE_NOTHING);
	assert_int_equal(words.count, 1);
	assert_int_equal(braces_expand(&words.at[0], &out), REFUSE_NOTHING);
	for (size_t i = 0; i < out.count; i++)
		snprintf(joined + strlen(joined),
		    sizeof(joined) - strlen(joined), "%s%s", i > 0 ? " " : "",
		    out.at[i].text);
	assert_string_equal(joined, wanted);
	words_free(&words);
	words_free(&out);
}

static void
braces_expand_as_in_a_shell(void **state)
{
	(void)state;
	expands("x{a,b}y", "xay xby");
	expands("{a,b}{c,d}", "ac ad bc bd");
	expands("{a,{b,c}d}", "a bd cd");
	expands("x{,y}", "x xy");
	expands("{a}", "{a}");
	expands("{a,b", "{a,b");
	expands("a,b}", "a,b}");
	expands("{", "{");
	expands("{a{b,c}", "{ab {ac");
	expands("\\{a,b\\}", "{a,b}");
	expands("{a\\,b}", "{a,b}");
	expands("'{a,b}'", "{a,b}");
}

static void
too_many_braces_are_refused(void **state)
{
	char bomb[256] = "";
	struct words words = { 0 }, out = { 0 };

	(void)state;
	for (size_t i = 0; i < 40; i++)
		memcpy(bomb + 5 * i, "{a,b}", 6);
	alarm(10);
	assert_int_equal(words_split(bomb, strlen(bomb), &words),
	    REFUSE_NOTHING);
	assert_int_equal(braces_expand(&words.at[0], &out), REFUSE_TOO_LONG);
	alarm(0);
	words_free(&words);
	words_free(&out);
}

static enum tilde
tilde_in(const char *raw)
{
	struct words words = { 0 };
	enum tilde tilde;

	assert_int_equal(words_split(raw, strlen(raw), &words), REFUSE_NOTHING);
	tilde = tilde_of(&words.at[0]);
	words_free(&words);
	return tilde;
}

static void
a_tilde_is_home_or_another_users_unless_it_is_quoted(void **state)
{
	(void)state;
	assert_int_equal(tilde_in("~"), TILDE_HOME);
	assert_int_equal(tilde_in("~/a"), TILDE_HOME);
	assert_int_equal(tilde_in("~root/x"), TILDE_OTHER);
	assert_int_equal(tilde_in("~~"), TILDE_OTHER);
	assert_int_equal(tilde_in("\\~"), TILDE_NONE);
	assert_int_equal(tilde_in("'~'/a"), TILDE_NONE);
	assert_int_equal(tilde_in("a~"), TILDE_NONE);
	assert_int_equal(tilde_in("''"), TILDE_NONE);
}

/* The names that a word means in the root, one blank between. */
static void
finds(const char *raw, const char *wanted)
{
	struct words words = { 0 };
	struct names names = { 0 };
	char joined[4096] = "";

	assert_int_equal(words_split(raw, strlen(raw), &words), REFUSE_NOTHING);
	assert_int_equal(words.count, 1);
	assert_true(glob_expand(&root, &words.at[0], false, &names));
	for (size_t i = 0; i < names.count; i++)
		snprintf(joined + strlen(joined),
		    sizeof(joined) - strlen(joined), "%s%s", i > 0 ? " " : "",
		    names.at[i]);
	assert_string_equal(joined, wanted);
	names_free(&names);
	words_free(&words);
}

static void
wildcards_name_what_is_in_the_root(void **state)
{
	(void)state;
	finds("a*", "a1 a2");
	finds("/a?", "a1 a2");
	finds("*1*", "a1 br1.txt br[1].txt d1");
	finds("br\\[1\\]*", "br[1].txt");
	finds("d*/f", "d1/f d2/f");
	finds("d?/*", "d1/f d2/f d2/g");
	finds("d*/", "d1/ d2/");
	finds("./d*/g", "./d2/g");
	finds("-*", "-x");
	finds(".h*", ".hidden");
	finds("nothing*", "");
	finds("a1", "");
}

static void
wildcards_show_nothing_outside(void **state)
{
	(void)state;
	finds("d1/*", "d1/f");
	finds("../*/s1", "");
	finds("../secret/*", "");
	finds("out/*", "");
	finds("/../../../../../../tmp/*", "");
}

static void
wildcards_match_no_hidden_and_no_private_name(void **state)
{
	char *hidden[] = { (char[]){ "a1" } }, *denied[] = { (char[]){ "a2" } };
	const struct texts hide = { hidden, 1 }, deny = { denied, 1 };

	(void)state;
	scratch_put("root/.filesonly.u1", "", 0644);
	scratch_put("root/.filesonly", "", 0644);
	finds(".f*", ".filesonly");
	finds("a*", "a1 a2");
	root_bar(&root, &hide, &deny);
	finds("a*", "a2");
	root_bar(&root, NULL, NULL);
}

static void
secluded_words_follow_rsyncs_own_rules(void **state)
{
	struct words words = { 0 };
	struct names names = { 0 };

	(void)state;
	assert_int_equal(words_append(&words, "a\\b/br\\[1*", 10, false),
	    REFUSE_NOTHING);
	rsync_unescape(&words.at[0]);
	assert_string_equal(words.at[0].text, "a\\b/br[1*");
	assert_int_equal(words.at[0].len, 9);
	assert_int_equal(words.at[0].quoted[6], 1);
	assert_int_equal(words.at[0].quoted[8], 0);
	words_free(&words);

	assert_int_equal(words_append(&words, "*hid*", 5, false),
	    REFUSE_NOTHING);
	assert_true(glob_expand(&root, &words.at[0], true, &names));
	assert_int_equal(names.count, 1);
	assert_string_equal(names.at[0], ".hidden");
	names_free(&names);
	words_free(&words);
}

/* What glob_expand makes of a word that came by -s; "" where nothing. */
static void
finds_by_s(const char *text, const char *wanted)
{
	struct words words = { 0 };
	struct names names = { 0 };

	assert_int_equal(words_append(&words, text, strlen(text), false),
	    REFUSE_NOTHING);
	rsync_unescape(&words.at[0]);
	assert_true(glob_expand(&root, &words.at[0], true, &names));
	assert_int_equal(names.count, wanted[0] != '\0');
	if (names.count > 0)
		assert_string_equal(names.at[0], wanted);
	names_free(&names);
	words_free(&words);
}

static void
escaped_wildcards_by_s_name_one_file(void **state)
{
	(void)state;
	finds_by_s("br\\[1\\].txt", "br[1].txt");
	finds_by_s("/br\\[1].txt", "br[1].txt");
	finds_by_s("./br[[]1].txt", "./br[1].txt");
	finds_by_s("br[1].txt", "br1.txt");
	finds_by_s("br\\[2\\].txt", "");
	finds_by_s("br1.txt", ""); /* no wildcard: literal anyway */
	finds_by_s("../secret/s\\*", "");
}

static void
more_names_than_fit_are_refused(void **state)
{
	struct names names = { 0 };
	struct words words = { 0 };

	(void)state;
	assert_int_equal(words_append(&words, "a*", 2, false), REFUSE_NOTHING);
	names.bytes = NAMES_MAX_BYTES - 5;
	assert_false(glob_expand(&root, &words.at[0], false, &names));
	names_free(&names);
	assert_true(glob_expand(&root, &words.at[0], false, &names));
	assert_int_equal(names.count, 2);
	names_free(&names);
	words_free(&words);
}

/* A request of thousands of wildcards may not read directories for hours. */
static void
all_wildcards_have_one_bound(void **state)
{
	struct names names = { 0 };
	struct words words = { 0 };
	size_t before = root.globbed;

	(void)state;
	assert_int_equal(words_append(&words, "a*", 2, false), REFUSE_NOTHING);
	assert_true(glob_expand(&root, &words.at[0], false, &names));
	assert_true(root.globbed > before);
	names_free(&names);
	root.globbed = 1 << 20;
	assert_false(glob_expand(&root, &words.at[0], false, &names));
	root.globbed = before;
	names_free(&names);
	words_free(&words);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stars_marks_and_sets_match_as_in_a_shell),
		cmocka_unit_test(a_leading_dot_must_be_written),
		cmocka_unit_test(a_quoted_wildcard_is_itself),
		cmocka_unit_test(many_stars_take_no_time),
		cmocka_unit_test(braces_expand_as_in_a_shell),
		cmocka_unit_test(all_wildcards_have_one_bound),
		cmocka_unit_test(too_many_braces_are_refused),
		cmocka_unit_test(
		    a_tilde_is_home_or_another_users_unless_it_is_quoted),
		cmocka_unit_test(wildcards_name_what_is_in_the_root),
		cmocka_unit_test(wildcards_show_nothing_outside),
		cmocka_unit_test(wildcards_match_no_hidden_and_no_private_name),
		cmocka_unit_test(secluded_words_follow_rsyncs_own_rules),
		cmocka_unit_test(escaped_wildcards_by_s_name_one_file),
		cmocka_unit_test(more_names_than_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
