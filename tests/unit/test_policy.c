/*
 * Each key takes what it says and nothing else, and sets its own member and
 * no other. The keys are taken from the table, so that a new one is held to
 * the same rules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "newpolicy.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static size_t
member_size(const struct key *key)
{
	switch (key->kind) {
	case KEY_FLAG:
		return sizeof(bool);
	case KEY_WORD:
	case KEY_LIST:
	case KEY_NUMBER:
	case KEY_OCTAL:
		return sizeof(unsigned);
	case KEY_COMMANDS:
	case KEY_GLOBS:
	case KEY_DIRS:
		return sizeof(struct texts);
	case KEY_PATH:
		return sizeof(char *);
	case KEY_SIZE:
	case KEY_DATE:
		return sizeof(uint64_t);
	}
	return 0;
}

static const void *
member(const struct key *key)
{
	return (const char *)&policy + key->offset;
}

static uint64_t
number(const struct key *key)
{
	if (key->kind == KEY_FLAG)
		return *(const bool *)member(key);
	if (key->kind == KEY_SIZE || key->kind == KEY_DATE)
		return *(const uint64_t *)member(key);
	return *(const unsigned *)member(key);
}

/* The key becomes value: the member alone changes, and is returned. */
static uint64_t
takes(const struct key *key, const char *value)
{
	const char *now = (const char *)&policy;
	char before[sizeof(policy)];

	memcpy(before, &policy, sizeof(policy));
	if (policy_set(&policy, key->name, value, &error) != 0)
		fail_msg("%s = %s is refused", key->name, value);
	assert_int_equal(error.len, 0);
	for (size_t i = 0; i < sizeof(policy); i++)
		if (now[i] != before[i] &&
		    (i < key->offset || i >= key->offset + member_size(key)))
			fail_msg("%s = %s changes byte %zu", key->name, value,
			    i);
	if (key->kind == KEY_PATH || key_is_list(key))
		return 0;
	return number(key);
}

/* The key refuses value: nothing changes, and the sentence names both. */
static void
refuses(const struct key *key, const char *value)
{
	char before[sizeof(policy)];
	char start[96];

	memcpy(before, &policy, sizeof(policy));
	if (policy_set(&policy, key->name, value, &error) != -1)
		fail_msg("%s = \"%s\" is taken", key->name, value);
	assert_memory_equal(before, &policy, sizeof(policy));
	snprintf(start, sizeof(start), "%s can't be \"", key->name);
	assert_memory_equal(buf_text(&error), start, strlen(start));
	assert_null(strpbrk(buf_text(&error), "\n\x1b"));
	error.len = 0;
}

static void
refuse_all(const struct key *key, const char *const *values)
{
	for (; *values != NULL; values++)
		refuses(key, *values);
}

static void
flags_are_yes_or_no(const struct key *key)
{
	static const char *const bad[] = { "", "y", "Yes", "YES", "true", "1",
		"on", "none", "yes ", " no", "yes\n", "no,yes", NULL };

	assert_int_equal(takes(key, "yes"), true);
	assert_int_equal(takes(key, "no"), false);
	refuse_all(key, bad);
	assert_int_equal(takes(key, "yes"), true);
}

static void
words_are_those_of_the_key(const struct key *key)
{
	static const char *const bad[] = { "", " ", "x", "-1", "0", "\x1b[2J",
		NULL };
	char changed[64];

	for (const struct key_word *w = key->words; w->word != NULL; w++) {
		assert_int_equal(takes(key, w->word), w->value);
		snprintf(changed, sizeof(changed), "%s ", w->word);
		refuses(key, changed);
		snprintf(changed, sizeof(changed), "%sx", w->word);
		refuses(key, changed);
		changed[strlen(w->word) - 1] = '\0';
		refuses(key, changed);
	}
	refuse_all(key, bad);
}

static void
lists_are_words_between_commas(const struct key *key)
{
	char both[64];

	words_are_those_of_the_key(key);
	for (const struct key_word *a = key->words; a->word != NULL; a++) {
		for (const struct key_word *b = key->words; b->word != NULL;
		     b++) {
			snprintf(both, sizeof(both), "%s,%s", a->word, b->word);
			assert_int_equal(takes(key, both), a->value | b->value);
			snprintf(both, sizeof(both), "%s,,%s", a->word,
			    b->word);
			refuses(key, both);
			snprintf(both, sizeof(both), "%s,%s,", a->word,
			    b->word);
			refuses(key, both);
			snprintf(both, sizeof(both), "%s, %s", a->word,
			    b->word);
			refuses(key, both);
		}
	}
}

static void
numbers_lie_in_their_bounds(const struct key *key)
{
	static const char *const bad[] = { "", "-1", "x", "1x", "1.5", "+1",
		" 1", "0x10", "none ", "None", "99999999999999999999", NULL };
	char text[32];

	for (int i = 0; i < 2; i++) {
		uint64_t value = i == 0 ? key->min : key->max;

		snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
		assert_true(takes(key, text) == value);
	}
	snprintf(text, sizeof(text), "%llu", (unsigned long long)key->max + 1);
	refuses(key, text);
	if (key->min > 0) {
		snprintf(text, sizeof(text), "%llu",
		    (unsigned long long)key->min - 1);
		refuses(key, text);
	}
	refuse_all(key, bad);
	if (strcmp(key->fallback, "none") == 0)
		assert_int_equal(takes(key, "none"), 0);
	else
		/* There 0 would be no limit, but the least number of all. */
		refuses(key, "none");
}

static void
sizes_have_suffixes(const struct key *key)
{
	numbers_lie_in_their_bounds(key);
	assert_int_equal(takes(key, "4K"), 4096);
	assert_int_equal(takes(key, "3m"), 3 << 20);
	refuses(key, "4KB");
	refuses(key, "K");
	refuses(key, "9999999T");
	assert_int_equal(takes(key, "2G"), UINT64_C(2) << 30);
}

static void
octals_are_permission_bits(const struct key *key)
{
	static const char *const bad[] = { "", "8", "4000", "-1", "0o22", "rwx",
		"u=rw", "4755", " 22", NULL };

	assert_int_equal(takes(key, "0"), 0);
	assert_int_equal(takes(key, "022"), 022);
	assert_int_equal(takes(key, "777"), 0777);
	refuse_all(key, bad);
	assert_int_equal(takes(key, "none"), MODE_UNSET);
}

static void
dates_are_those_of_openssh(const struct key *key)
{
	static const char *const bad[] = { "", "0", "2030", "2030-01-02", "no",
		"20300231Z", "20300102 ", "None", NULL };

	assert_int_equal(takes(key, "20300102030405Z"), 1893553445);
	refuse_all(key, bad);
	assert_int_equal(takes(key, "none"), 0);
}

static void
paths_are_not_empty_and_not_endless(const struct key *key)
{
	char path[4097];

	memset(path, 'p', sizeof(path));
	path[0] = '/';
	path[4096] = '\0';
	refuses(key, path);
	refuses(key, "");
	path[4095] = '\0';
	takes(key, path);
	assert_string_equal(*(char *const *)member(key), path);
	takes(key, "/a b");
	assert_string_equal(*(char *const *)member(key), "/a b");
}

static void
commands_are_added(const struct key *key)
{
	const struct texts *texts = member(key);
	static const char *const bad[] = { "", "  ", "it's", "a;b", "a\\",
		NULL };

	refuse_all(key, bad);
	for (size_t i = 0; i < 64; i++)
		takes(key, "rsync --server 'a b'");
	assert_int_equal(texts->count, 64);
	assert_string_equal(texts->at[63], "rsync --server 'a b'");
	refuses(key, "one too many");
	assert_int_equal(texts->count, 64);
}

static void
globs_are_added(const struct key *key)
{
	const struct texts *texts = member(key);

	refuses(key, "");
	refuses(key, "a/b");
	refuses(key, "/a");
	takes(key, "*.tmp,.git");
	assert_int_equal(texts->count, 2);
	assert_string_equal(texts->at[0], "*.tmp");
	assert_string_equal(texts->at[1], ".git");
	takes(key, "third");
	assert_int_equal(texts->count, 3);
	for (size_t i = 3; i < 64; i++)
		takes(key, "x");
	refuses(key, "one too many");
}

static void
directories_lie_below_the_root(const struct key *key)
{
	const struct texts *texts = member(key);
	static const char *const bad[] = { "", "/", "/a", "a/", "a//b", ".",
		"..", "a/..", "../a", "a/./b", "./a", "a,", ",a", "a, b", " a",
		"a/../b", NULL };

	refuse_all(key, bad);
	takes(key, "locks,data/cache,..a,a..,a b");
	assert_int_equal(texts->count, 5);
	assert_string_equal(texts->at[0], "locks");
	assert_string_equal(texts->at[1], "data/cache");
	takes(key, "none");
	assert_int_equal(texts->count, 0);
	for (size_t i = 0; i < 64; i++)
		takes(key, "x");
	refuses(key, "one-too-many");
}

static void
each_key_takes_what_it_says_and_nothing_else(void **state)
{
	static void (*const of_kind[])(const struct key *) = {
		[KEY_FLAG] = flags_are_yes_or_no,
		[KEY_WORD] = words_are_those_of_the_key,
		[KEY_LIST] = lists_are_words_between_commas,
		[KEY_COMMANDS] = commands_are_added,
		[KEY_GLOBS] = globs_are_added,
		[KEY_DIRS] = directories_lie_below_the_root,
		[KEY_PATH] = paths_are_not_empty_and_not_endless,
		[KEY_NUMBER] = numbers_lie_in_their_bounds,
		[KEY_SIZE] = sizes_have_suffixes,
		[KEY_OCTAL] = octals_are_permission_bits,
		[KEY_DATE] = dates_are_those_of_openssh,
	};

	(void)state;
	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		assert_true(key->kind < LENGTH(of_kind));
		of_kind[key->kind](key);
	}
}

static void
keys_have_names_helps_and_members_of_their_own(void **state)
{
	(void)state;
	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		assert_int_equal(strspn(key->name,
				     "abcdefghijklmnopqrstuvwxyz-"),
		    strlen(key->name));
		assert_true(strlen(key->help) > 0);
		assert_ptr_equal(policy_key(key->name), key);
		for (const struct key *other = policy_keys; other < key;
		     other++) {
			assert_string_not_equal(other->name, key->name);
			assert_true(other->offset != key->offset);
		}
	}
	assert_null(policy_key("no-such-key"));
	assert_null(policy_key(""));
}

static void
defaults_are_the_manuals(void **state)
{
	(void)state;
	assert_null(policy.root);
	assert_false(policy.disabled);
	assert_int_equal(policy.expires, 0);
	assert_int_equal(policy.recheck, 30);
	assert_string_equal(policy.start_dir, "/");
	assert_int_equal(policy.mode, MODE_READ_WRITE);
	assert_true(policy.may_delete);
	assert_true(policy.may_overwrite);
	assert_int_equal(policy.services, SERVICE_ALL);
	assert_false(policy.home_in_root);
	assert_false(policy.absolute);
	assert_false(policy.munge_links);
	assert_false(policy.one_file_system);
	assert_false(policy.lock);
	assert_false(policy.set_id);
	assert_false(policy.atomic_uploads);
	assert_int_equal(policy.links, LINKS_ANY);
	assert_int_equal(policy.names, NAMES_SYSTEM);
	assert_int_equal(policy.own_window, 3600);
	assert_int_equal(policy.umask, MODE_UNSET);
	assert_int_equal(policy.file_mode, MODE_UNSET);
	assert_int_equal(policy.dir_mode, MODE_UNSET);
	assert_int_equal(policy.hide.count, 0);
	assert_int_equal(policy.deny.count, 0);
	assert_int_equal(policy.free.count, 0);
	assert_int_equal(policy.max_file_size, 0);
	assert_int_equal(policy.max_session_bytes, 0);
	assert_int_equal(policy.bandwidth, 0);
	assert_int_equal(policy.idle_timeout, 0);
	assert_int_equal(policy.session_timeout, 0);
	assert_int_equal(policy.max_sessions, 0);
	assert_int_equal(policy.confine, CONFINE_REQUIRE);
	assert_int_equal(policy.jail, JAIL_AUTO);
	assert_int_equal(policy.exact.count, 0);
	assert_string_equal(policy.rsync, "/usr/bin/rsync");
	assert_string_equal(policy.audit, "syslog");
	assert_int_equal(policy.audit_loss, AUDIT_COUNT);
	assert_int_equal(policy.audit_format, AUDIT_LOGFMT);
	assert_int_equal(policy_check(&policy, &error), 0);
}

static void
an_unknown_key_is_named_escaped(void **state)
{
	(void)state;
	assert_int_equal(policy_set(&policy, "evil\n\x1b", "yes", &error), -1);
	assert_string_equal(buf_text(&error), "unknown key \"evil\\n\\x1b\"");
}

static void
what_rsync_cannot_hold_is_refused_together_with_it(void **state)
{
	(void)state;
	assert_int_equal(policy_set(&policy, "hide", "*.tmp", &error), 0);
	assert_int_equal(policy_check(&policy, &error), -1);
	assert_non_null(strstr(buf_text(&error), "hide"));
	/* An exclude of ours would be undone by the client's rule "!". */
	assert_int_equal(policy_set(&policy, "mode", "read-only", &error), 0);
	assert_int_equal(policy_check(&policy, &error), -1);
	assert_int_equal(policy_set(&policy, "hide", "none", &error), 0);
	assert_int_equal(policy_check(&policy, &error), 0);
	assert_int_equal(policy_set(&policy, "deny", ".ssh", &error), 0);
	assert_int_equal(policy_check(&policy, &error), -1);
	assert_non_null(strstr(buf_text(&error), "deny"));
	assert_int_equal(policy_set(&policy, "services", "sftp", &error), 0);
	assert_int_equal(policy_check(&policy, &error), 0);
	assert_int_equal(policy_set(&policy, "mode", "read-write", &error), 0);
	assert_int_equal(policy_check(&policy, &error), 0);
}

static void
names_are_verified_where_that_can_be_held(void **state)
{
	static const struct {
		const char *mode, *services;
		int result;
	} rows[] = {
		{ "read-write", "sftp,scp", 0 },
		{ "read-write", "all", -1 },
		{ "read-only", "all", 0 },
		{ "create-only", "all", 0 },
		{ "write-only", "sftp", -1 },
	};

	(void)state;
	assert_int_equal(policy_set(&policy, "verify", "name", &error), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		error.len = 0;
		assert_int_equal(policy_set(&policy, "mode", rows[i].mode,
				     &error),
		    0);
		assert_int_equal(policy_set(&policy, "services",
				     rows[i].services, &error),
		    0);
		assert_int_equal(policy_check(&policy, &error), rows[i].result);
		if (rows[i].result != 0)
			assert_non_null(
			    strstr(buf_text(&error), "mode = create-only"));
		assert_true(policy.atomic_uploads);
	}
}

static void
create_only_brings_atomic_uploads(void **state)
{
	(void)state;
	assert_int_equal(policy_set(&policy, "mode", "create-only", &error), 0);
	assert_int_equal(policy_check(&policy, &error), 0);
	assert_true(policy.atomic_uploads);
}

static void
free_directories_are_refused_together_with_what_forbids(void **state)
{
	static const char *const keys[] = { "delete", "overwrite" };

	(void)state;
	assert_int_equal(policy_set(&policy, "free", "locks", &error), 0);
	for (size_t i = 0; i < LENGTH(keys); i++) {
		assert_int_equal(policy_set(&policy, "mode", "create-only",
				     &error),
		    0);
		assert_int_equal(policy_check(&policy, &error), 0);
		assert_int_equal(policy_set(&policy, keys[i], "no", &error), 0);
		assert_int_equal(policy_check(&policy, &error), -1);
		assert_non_null(strstr(buf_text(&error), keys[i]));
		assert_int_equal(policy_set(&policy, "mode", "read-write",
				     &error),
		    0);
		assert_int_equal(policy_check(&policy, &error), 0);
		assert_int_equal(policy_set(&policy, keys[i], "yes", &error),
		    0);
		error.len = 0;
	}
}

static void
a_session_looks_again_at_some_time(void **state)
{
	(void)state;
	assert_int_equal(policy_set(&policy, "recheck", "1", &error), 0);
	assert_int_equal(policy_check(&policy, &error), 0);
	assert_int_equal(policy_set(&policy, "recheck", "none", &error), -1);
	assert_non_null(strstr(buf_text(&error), "recheck"));
}

static void
narrowing_only_takes_away(void **state)
{
	(void)state;
	assert_int_equal(policy_answer(&policy, ACT_REMOVE), ANSWER_YES);
	assert_int_equal(policy_answer(&policy, ACT_WRITE), ANSWER_YES);
	policy.may_delete = false;
	assert_int_equal(policy_answer(&policy, ACT_REMOVE), ANSWER_NO);
	assert_int_equal(policy_answer(&policy, ACT_REMOVE | ACT_READ),
	    ANSWER_NO);
	assert_int_equal(policy_answer(&policy, ACT_WRITE), ANSWER_YES);
	assert_int_equal(policy_answer(&policy, ACT_META), ANSWER_YES);
	assert_int_equal(policy_answer(&policy, ACT_OWNER), ANSWER_YES);
	policy.may_overwrite = false;
	assert_int_equal(policy_answer(&policy, ACT_WRITE), ANSWER_NO);
	assert_int_equal(policy_answer(&policy, ACT_RENAME_OVER), ANSWER_NO);
	assert_int_equal(policy_answer(&policy, ACT_RENAME), ANSWER_YES);
	assert_int_equal(policy_answer(&policy, ACT_CREATE), ANSWER_YES);
	assert_int_equal(policy_answer(&policy, ACT_META), ANSWER_OWN);
	assert_int_equal(policy_answer(&policy, ACT_OWNER), ANSWER_OWN);
	assert_int_equal(policy_answer(&policy, ACT_META | ACT_CREATE),
	    ANSWER_OWN);
	policy.mode = MODE_READ_ONLY;
	assert_int_equal(policy_answer(&policy, ACT_META), ANSWER_NO);
	policy.mode = MODE_READ_WRITE;
	policy.may_delete = policy.may_overwrite = true;
	policy.mode = MODE_READ_ONLY;
	assert_int_equal(policy_answer(&policy, ACT_CREATE), ANSWER_NO);
	assert_int_equal(policy_answer(&policy, ACT_READ), ANSWER_YES);
}

static void
only_read_only_writes_nothing(void **state)
{
	(void)state;
	for (policy.mode = 0; policy.mode < MODE_COUNT; policy.mode++)
		assert_int_equal(policy_may_write(&policy),
		    policy.mode != MODE_READ_ONLY);
}

static void
a_login_is_shut_now_or_from_a_date_on(void **state)
{
	(void)state;
	assert_int_equal(policy_shut(&policy, INT64_MAX), REFUSE_NOTHING);
	policy.expires = 1000;
	assert_int_equal(policy_shut(&policy, 999), REFUSE_NOTHING);
	assert_int_equal(policy_shut(&policy, 1000), REFUSE_EXPIRED);
	assert_int_equal(policy_shut(&policy, 1001), REFUSE_EXPIRED);
	policy.disabled = true;
	assert_int_equal(policy_shut(&policy, 0), REFUSE_DISABLED);
	assert_int_equal(policy_shut(&policy, 1000), REFUSE_DISABLED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POLICY_TEST(each_key_takes_what_it_says_and_nothing_else),
		POLICY_TEST(keys_have_names_helps_and_members_of_their_own),
		POLICY_TEST(defaults_are_the_manuals),
		POLICY_TEST(an_unknown_key_is_named_escaped),
		POLICY_TEST(what_rsync_cannot_hold_is_refused_together_with_it),
		POLICY_TEST(names_are_verified_where_that_can_be_held),
		POLICY_TEST(create_only_brings_atomic_uploads),
		POLICY_TEST(a_session_looks_again_at_some_time),
		POLICY_TEST(
		    free_directories_are_refused_together_with_what_forbids),
		POLICY_TEST(narrowing_only_takes_away),
		POLICY_TEST(only_read_only_writes_nothing),
		POLICY_TEST(a_login_is_shut_now_or_from_a_date_on),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
