/*
 * Words of a command become paths as the missing shell would have made them,
 * from where the session starts, and nothing outside the root is looked at.
 */
#include "scratch.h"

#include "base/names.h"
#include "policy/policy.h"
#include "root/root.h"
#include "subsys/job.h"
#include "subsys/paths.h"

static struct root root;
static struct policy policy;
static const struct job job = { .policy = &policy, .root = &root };

static int
set_up(void **state)
{
	static const char *const directories[] = { "root", "root/start",
		"secret" };
	static const char *const files[] = { "root/top1", "root/start/a1",
		"root/start/a2", "root/start/b*", "root/start/hidden.key",
		"secret/a3" };

	(void)state;
	assert_int_equal(scratch_make(0700), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(mkdir(directories[i], 0755), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		scratch_put(files[i], "", 0644);
	assert_int_equal(symlink("../../secret", "root/start/out"), 0);
	policy_init(&policy);
	return root_open(&root, "root", false);
}

static int
tear_down(void **state)
{
	root_close(&root);
	policy_free(&policy);
	return scratch_remove(state);
}

static void
set(const char *key, const char *value)
{
	char room[256];
	struct buf error;

	buf_init(&error, room, sizeof(room));
	assert_int_equal(policy_set(&policy, key, value, &error), 0);
}

/* The names that a word stands for, with blanks between. */
static const char *
expand(const char *text)
{
	static char all[1024];
	struct words words = { 0 };
	struct names names = { 0 };
	struct buf out;

	buf_init(&out, all, sizeof(all) - 1);
	assert_int_equal(words_split(text, strlen(text), &words),
	    REFUSE_NOTHING);
	assert_int_equal(words.count, 1);
	assert_true(paths_expand(&job, &words.at[0], &names));
	for (size_t i = 0; i < names.count; i++)
		buf_addf(&out, "%s%s", i == 0 ? "" : " ", names.at[i]);
	names_free(&names);
	words_free(&words);
	return buf_text(&out);
}

static void
wildcards_match_from_where_the_session_starts(void **state)
{
	(void)state;
	set("start-dir", "/");
	assert_string_equal(expand("top*"), "top1");
	assert_string_equal(expand("start/a?"), "start/a1 start/a2");
	assert_string_equal(expand("/start/a?"), "/start/a1 /start/a2");
	assert_string_equal(expand("a?"), "a?");
	set("start-dir", "/start");
	assert_string_equal(expand("a?"), "a1 a2");
	assert_string_equal(expand("./a?"), "./a1 ./a2");
	assert_string_equal(expand("/top*"), "/top1");
	assert_string_equal(expand("top*"), "top*");
	assert_string_equal(expand("../top*"), "../top1");
}

static void
what_is_quoted_or_matches_nothing_stays(void **state)
{
	(void)state;
	set("start-dir", "/start");
	assert_string_equal(expand("'a?'"), "a?");
	assert_string_equal(expand("b\\*"), "b*");
	assert_string_equal(expand("nothing*"), "nothing*");
	assert_string_equal(expand("''"), "");
	assert_string_equal(expand("~x"), "~x");
}

static void
a_tilde_is_where_the_session_starts(void **state)
{
	(void)state;
	set("start-dir", "/start/");
	assert_string_equal(expand("~"), "/start");
	assert_string_equal(expand("~/a1"), "/start/a1");
	assert_string_equal(expand("~/a?"), "/start/a1 /start/a2");
	assert_string_equal(expand("'~'/a1"), "~/a1");
	set("start-dir", "/");
	assert_string_equal(expand("~"), "/");
	assert_string_equal(expand("~/top1"), "/top1");
}

static void
nothing_outside_is_matched(void **state)
{
	(void)state;
	set("start-dir", "/start");
	assert_string_equal(expand("a*"), "a1 a2");
	assert_string_equal(expand("out/*"), "out/*");
	assert_string_equal(expand("../../secret/*"), "../../secret/*");
	assert_string_equal(expand("/../secret/*"), "/../secret/*");
}

static void
who_may_not_list_matches_nothing(void **state)
{
	(void)state;
	set("start-dir", "/start");
	assert_string_equal(expand("a*"), "a1 a2");
	set("mode", "write-only");
	assert_string_equal(expand("a*"), "a*");
	set("mode", "read-write");
}

static void
hidden_names_match_nothing(void **state)
{
	(void)state;
	set("start-dir", "/start");
	assert_string_equal(expand("h*"), "hidden.key");
	set("hide", "*.key");
	root_bar(&root, &policy.hide, NULL);
	assert_string_equal(expand("h*"), "h*");
	root_bar(&root, NULL, NULL);
}

static void
private_and_empty_names_are_no_paths(void **state)
{
	struct relpath path;

	(void)state;
	set("start-dir", "/start");
	assert_int_equal(paths_parse(&job, "a1", &path), 0);
	assert_string_equal(path.bytes, "start/a1");
	assert_int_equal(paths_parse(&job, "/a1", &path), 0);
	assert_string_equal(path.bytes, "a1");
	errno = 0;
	assert_int_equal(paths_parse(&job, "", &path), -1);
	assert_int_equal(errno, ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wildcards_match_from_where_the_session_starts),
		cmocka_unit_test(what_is_quoted_or_matches_nothing_stays),
		cmocka_unit_test(a_tilde_is_where_the_session_starts),
		cmocka_unit_test(nothing_outside_is_matched),
		cmocka_unit_test(who_may_not_list_matches_nothing),
		cmocka_unit_test(hidden_names_match_nothing),
		cmocka_unit_test(private_and_empty_names_are_no_paths),
	};

	return cmocka_run_group_tests_name("paths", tests, set_up, tear_down);
}
