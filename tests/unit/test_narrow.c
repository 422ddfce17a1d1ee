/*
 * What a login shell is asked for narrows what the configuration gives, key
 * by key: no result is wider, and what can't be compared is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "policy/policy.h"

#define REFUSED NULL

/* What is configured, what is asked for, what holds: REFUSED or a value. */
struct row {
	const char *key, *configured, *asked, *holds;
};

// clang-format off
static const struct row rows[] = {
	{ "start-dir",         "/a",          "/b",          "/b" },
	{ "mode",              "read-write",  "read-only",   "read-only" },
	{ "mode",              "read-only",   "read-write",  "read-only" },
	{ "mode",              "create-only", "read-only",   "read-only" },
	{ "mode",              "read-write",  "create-only", "create-only" },
	{ "mode",              "write-only",  "write-only",  "write-only" },
	{ "mode",              "write-only",  "read-only",   REFUSED },
	{ "mode",              "write-only",  "create-only", REFUSED },
	{ "mode",              "read-only",   "write-only",  REFUSED },
	{ "delete",            "yes",         "no",          "no" },
	{ "delete",            "no",          "yes",         "no" },
	{ "overwrite",         "yes",         "no",          "no" },
	{ "overwrite",         "no",          "yes",         "no" },
	{ "own-window",        "60",          "30",          "30" },
	{ "own-window",        "60",          "3600",        "60" },
	{ "services",          "all",         "sftp",        "sftp" },
	{ "services",          "rsync",       "all",         "rsync" },
	{ "home-in-root",      "no",          "yes",         "no" },
	{ "home-in-root",      "yes",         "no",          "no" },
	{ "umask",             "022",         "007",         "027" },
	{ "umask",             "077",         "none",        "077" },
	{ "umask",             "none",        "027",         "027" },
	{ "file-mode",         "0664",        "0640",        "0640" },
	{ "file-mode",         "0600",        "0666",        "0600" },
	{ "file-mode",         "0600",        "none",        "0600" },
	{ "file-mode",         "none",        "0600",        "0600" },
	{ "dir-mode",          "0755",        "0777",        "0755" },
	{ "dir-mode",          "0755",        "0700",        "0700" },
	{ "hide",              "a,b",         "c",           "a,b,c" },
	{ "deny",              "none",           "*.exe",       "*.exe" },
	{ "deny",              "*.exe",       "none",           "*.exe" },
	/* "none" among others is a name like them, and empties no list. */
	{ "hide",              "a,b",         "none,c",      "a,b,none,c" },
	{ "hide",              "a",           "c,none",      "a,c,none" },
	{ "deny",              "a,b",         "none,c",      "a,b,none,c" },
	{ "links",             "any",         "relative",    "relative" },
	{ "links",             "none",        "any",         "none" },
	{ "set-id",            "no",          "yes",         "no" },
	{ "set-id",            "yes",         "no",          "no" },
	{ "atomic-uploads",    "yes",         "no",          "yes" },
	{ "atomic-uploads",    "no",          "yes",         "yes" },
	{ "sync",              "no",          "close",       "close" },
	{ "sync",              "close",       "no",          "close" },
	{ "verify",            "none",        "name",        "name" },
	{ "verify",            "name",        "none",        "name" },
	{ "audit-hash",        "none",        "sha256",      "sha256" },
	{ "audit-hash",        "sha256",      "none",        "sha256" },
	{ "names",             "own",         "none",        "none" },
	{ "names",             "own",         "system",      "own" },
	{ "one-file-system",   "yes",         "no",          "yes" },
	{ "one-file-system",   "no",          "yes",         "yes" },
	{ "absolute",          "no",          "yes",         "yes" },
	{ "munge-links",       "yes",         "no",          "yes" },
	{ "munge-links",       "no",          "yes",         "yes" },
	{ "lock",              "yes",         "no",          "yes" },
	{ "lock",              "no",          "yes",         "yes" },
	{ "max-file-size",     "1M",          "1K",          "1K" },
	{ "max-file-size",     "1M",          "1G",          "1M" },
	{ "max-file-size",     "1M",          "none",        "1M" },
	{ "max-file-size",     "none",        "1M",          "1M" },
	{ "max-session-bytes", "8G",          "none",        "8G" },
	{ "bandwidth",         "1M",          "2M",          "1M" },
	{ "idle-timeout",      "60",          "none",        "60" },
	{ "idle-timeout",      "none",        "60",          "60" },
	{ "session-timeout",   "60",          "59",          "59" },
	{ "disabled",          "no",          "yes",         "yes" },
	{ "disabled",          "yes",         "no",          "yes" },
	{ "expires",           "none",        "20300101Z",   "20300101Z" },
	{ "expires",           "20300101Z",   "none",        "20300101Z" },
	{ "expires",           "20300101Z",   "20300102Z",   "20300101Z" },
	{ "expires",           "20300102Z",   "20300101Z",   "20300101Z" },
	{ "recheck",           "30",          "1",           REFUSED },
	{ "max-sessions",      "5",           "10",          "5" },
	{ "max-sessions",      "5",           "1",           "1" },
	{ "sessions-dir",      "/run/a",      "/tmp",        REFUSED },
	{ "free",              "none",        "locks,cache", "locks,cache" },
	{ "free",              "none",        "locks,none",  "locks,none" },
	{ "exact",             "none",           "rsync a",     "rsync a" },
	{ "exact",             "rsync a",     "rsync a",     "rsync a" },
	{ "exact",             "rsync a",     "rsync b",     REFUSED },
	{ "exact",             "rsync a",     "none",           "rsync a" },
	{ "confine",           "require",     "prefer",      REFUSED },
	{ "confine",           "prefer",      "require",     REFUSED },
	{ "jail",              "auto",        "namespace",   REFUSED },
	{ "authorized-keys",   "/etc/a",      "/etc/b",      REFUSED },
	{ "rsync",             "/usr/bin/rsync", "/usr/bin/rsync", REFUSED },
	{ "rsync-version",     "any",         "3.5",         REFUSED },
	{ "audit",             "syslog",      "/dev/null",   REFUSED },
	{ "audit-loss",        "refuse",      "count",       REFUSED },
	{ "audit-format",      "logfmt",      "json",        REFUSED },
};
// clang-format on

static char room[512];
static struct buf error;

static void
make(struct policy *policy, const char *key, const char *value)
{
	buf_init(&error, room, sizeof(room) - 1);
	policy_init(policy);
	if (policy_set(policy, key, value, &error) != 0)
		fail_msg("%s = %s: %s", key, value, buf_text(&error));
}

static bool
same_texts(const struct texts *a, const struct texts *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; same && i < a->count; i++)
		same = strcmp(a->at[i], b->at[i]) == 0;
	return same;
}

static bool
same_value(const struct key *key, const void *a, const void *b)
{
	switch (key->kind) {
	case KEY_FLAG:
		return *(const bool *)a == *(const bool *)b;
	case KEY_COMMANDS:
	case KEY_GLOBS:
	case KEY_DIRS:
		return same_texts(a, b);
	case KEY_PATH:
		return strcmp(*(char *const *)a, *(char *const *)b) == 0;
	case KEY_SIZE:
	case KEY_DATE:
		return *(const uint64_t *)a == *(const uint64_t *)b;
	case KEY_WORD:
	case KEY_LIST:
	case KEY_NUMBER:
	case KEY_OCTAL:
		return *(const unsigned *)a == *(const unsigned *)b;
	}
	return false;
}

static void
check(const struct row *row)
{
	const struct key *key = policy_key(row->key);
	struct policy policy, asked, wanted;
	struct key_set given = { 0 };
	char *lies_below = NULL;
	int result;

	assert_non_null(key);
	make(&policy, row->key, row->configured);
	make(&asked, row->key, row->asked);
	key_set_add(&given, key);
	result = policy_narrow(&policy, &asked, &given, &lies_below, &error);
	free(lies_below);
	if ((result == 0) != (row->holds != REFUSED))
		fail_msg("%s: %s by %s: %d", row->key, row->configured,
		    row->asked, result);
	make(&wanted, row->key,
	    row->holds == REFUSED ? row->configured : row->holds);
	if (!same_value(key, (char *)&policy + key->offset,
		(char *)&wanted + key->offset))
		fail_msg("%s: %s by %s", row->key, row->configured, row->asked);
	policy_free(&policy);
	policy_free(&asked);
	policy_free(&wanted);
}

static void
each_key_narrows_as_its_row_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i]);
}

static void
no_key_is_missing_here(void **state)
{
	(void)state;
	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		bool found = strcmp(key->name, "root") == 0;

		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			found |= strcmp(rows[i].key, key->name) == 0;
		if (!found)
			fail_msg("no row narrows %s", key->name);
	}
}

/* The default of set-id is no: not asking must not take it away. */
static void
what_is_not_asked_for_stays(void **state)
{
	struct policy policy, asked;
	struct key_set none = { 0 };

	(void)state;
	make(&policy, "set-id", "yes");
	policy_init(&asked);
	assert_int_equal(policy_narrow(&policy, &asked, &none, NULL, &error),
	    0);
	assert_true(policy.set_id);
	policy_free(&policy);
	policy_free(&asked);
}

/* Returns what lies below, "" for the root, NULL where it was refused. */
static const char *
below(const char *root, const char *wanted)
{
	static char result[128];
	struct policy policy, asked;
	char *lies_below = NULL;
	struct key_set given = { 0 };
	int status;

	make(&policy, "root", root);
	make(&asked, "root", wanted);
	key_set_add(&given, policy_key("root"));
	status = policy_narrow(&policy, &asked, &given, &lies_below, &error);
	snprintf(result, sizeof(result), "%s",
	    lies_below == NULL ? "" : lies_below);
	free(lies_below);
	assert_string_equal(policy.root, root);
	policy_free(&policy);
	policy_free(&asked);
	return status == 0 ? result : NULL;
}

static void
a_root_must_lie_in_the_configured_one(void **state)
{
	(void)state;
	assert_string_equal(below("/srv/a", "/srv/a"), "");
	assert_string_equal(below("/srv/a/", "/srv/a"), "");
	assert_string_equal(below("/srv/a", "/srv/a/"), "");
	assert_string_equal(below("/srv/a", "/srv/a/b/c"), "b/c");
	assert_string_equal(below("/srv/a//", "/srv/a//b"), "b");
	assert_string_equal(below("/", "/srv"), "srv");
	assert_string_equal(below("/", "/"), "");
	assert_null(below("/srv/a", "/"));
	assert_null(below("/srv/a", "/srv"));
	assert_null(below("/srv/a", "/srv/ab"));
	assert_null(below("/srv/a", "/srv/b"));
	assert_null(below("/srv/a", "srv/a/b"));
	assert_null(below("/srv/a", "b"));
	/* What ".." means is the kernel's to say, beneath the root. */
	assert_string_equal(below("/srv/a", "/srv/a/../b"), "../b");
}

static void
a_narrower_root_forgets_where_to_start(void **state)
{
	struct policy policy, asked;
	struct key_set given = { 0 };
	char *lies_below = NULL;

	(void)state;
	make(&policy, "root", "/srv/a");
	assert_int_equal(policy_set(&policy, "start-dir", "/x", &error), 0);
	assert_int_equal(policy_set(&policy, "free", "b/locks", &error), 0);
	make(&asked, "root", "/srv/a/b");
	key_set_add(&given, policy_key("root"));
	assert_int_equal(policy_narrow(&policy, &asked, &given, &lies_below,
			     &error),
	    0);
	assert_string_equal(policy.start_dir, "/");
	assert_int_equal(policy.free.count, 0);
	assert_int_equal(policy_set(&asked, "start-dir", "/y", &error), 0);
	key_set_add(&given, policy_key("start-dir"));
	assert_int_equal(policy_narrow(&policy, &asked, &given, &lies_below,
			     &error),
	    0);
	assert_string_equal(policy.start_dir, "/y");
	assert_string_equal(lies_below, "b");
	free(lies_below);
	policy_free(&policy);
	policy_free(&asked);
}

/* What may be asked for by whom, where create-only has these free. */
static void
check_free(const char *mode, const char *key, const char *value,
    const char *configured, const char *wanted, const char *holds)
{
	struct policy policy, asked, expected;
	struct key_set given = { 0 };
	int result;

	make(&policy, "free", configured);
	make(&asked, "mode", "create-only");
	make(&expected, "free", holds == REFUSED ? configured : holds);
	assert_int_equal(policy_set(&policy, "mode", mode, &error), 0);
	assert_int_equal(policy_set(&policy, key, value, &error), 0);
	assert_int_equal(policy_set(&asked, "free", wanted, &error), 0);
	key_set_add(&given, policy_key("mode"));
	key_set_add(&given, policy_key("free"));
	result = policy_narrow(&policy, &asked, &given, NULL, &error);
	assert_int_equal(result == 0, holds != REFUSED);
	assert_true(same_texts(&policy.free, &expected.free));
	policy_free(&policy);
	policy_free(&asked);
	policy_free(&expected);
}

static void
create_only_is_asked_for_no_more_free_directories(void **state)
{
	static const char only[] = "create-only", rw[] = "read-write";

	(void)state;
	check_free(only, "delete", "yes", "locks,cache", "cache", "cache");
	check_free(only, "delete", "yes", "locks,cache", "none", "none");
	check_free(only, "delete", "yes", "locks", "locks,cache", REFUSED);
	check_free(only, "delete", "yes", "locks", "locks/a", REFUSED);
	check_free(only, "delete", "yes", "none", "locks", REFUSED);
	check_free(rw, "delete", "yes", "none", "locks", "locks");
	check_free(rw, "delete", "yes", "cache", "locks", "locks");
	check_free(rw, "delete", "no", "none", "locks", REFUSED);
	check_free(rw, "overwrite", "no", "none", "locks", REFUSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    create_only_is_asked_for_no_more_free_directories),
		cmocka_unit_test(each_key_narrows_as_its_row_says),
		cmocka_unit_test(no_key_is_missing_here),
		cmocka_unit_test(what_is_not_asked_for_stays),
		cmocka_unit_test(a_root_must_lie_in_the_configured_one),
		cmocka_unit_test(a_narrower_root_forgets_where_to_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
