/* The table of keys and its one reader. */
#include "core/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "core/words.h"

enum { MAX_COMMANDS = 64 };

static const struct key_word mode_words[] = {
	{ "read-write", MODE_READ_WRITE },
	{ "read-only", MODE_READ_ONLY },
	{ NULL, 0 },
};

static const struct key_word service_words[] = {
	{ "all", SERVICE_ALL },
	{ "sftp", SERVICE_SFTP },
	{ "rsync", SERVICE_RSYNC },
	{ NULL, 0 },
};

static const struct key_word confine_words[] = {
	{ "require", CONFINE_REQUIRE },
	{ "prefer", CONFINE_PREFER },
	{ NULL, 0 },
};

static const struct key_word jail_words[] = {
	{ "auto", JAIL_AUTO },
	{ "namespace", JAIL_NAMESPACE },
	{ NULL, 0 },
};

static const struct key_word rsync_version_words[] = {
	{ "any", RSYNC_ANY },
	{ "3.5", RSYNC_3_5 },
	{ NULL, 0 },
};

#define AT(member) offsetof(struct policy, member)

// clang-format off
const struct key policy_keys[] = {
	{ "root", KEY_PATH, AT(root), NULL, NULL,
	    "the directory that is served" },
	{ "mode", KEY_WORD, AT(mode), "read-write", mode_words,
	    "what may happen to files" },
	{ "delete", KEY_FLAG, AT(may_delete), "yes", NULL,
	    "files and directories may be removed" },
	{ "overwrite", KEY_FLAG, AT(may_overwrite), "yes", NULL,
	    "what exists may be changed" },
	{ "services", KEY_LIST, AT(services), "all", service_words,
	    "what is served" },
	{ "home-in-root", KEY_FLAG, AT(home_in_root), "no", NULL,
	    "the account's start-up files may lie in the root" },
	{ "one-file-system", KEY_FLAG, AT(one_file_system), "no", NULL,
	    "mounts below the root are not crossed" },
	{ "absolute", KEY_FLAG, AT(absolute), "no", NULL,
	    "paths may start with the root's own path" },
	{ "munge-links", KEY_FLAG, AT(munge_links), "no", NULL,
	    "symlinks from rsync clients are made unusable" },
	{ "lock", KEY_FLAG, AT(lock), "no", NULL,
	    "one writing rsync at a time" },
	{ "exact", KEY_COMMANDS, AT(exact), NULL, NULL,
	    "only this very command is served (may be given again)" },
	{ "confine", KEY_WORD, AT(confine), "require", confine_words,
	    "refuse, or go on, where the kernel can't confine" },
	{ "jail", KEY_WORD, AT(jail), "auto", jail_words,
	    "which means of confinement" },
	{ "rsync", KEY_PATH, AT(rsync), "/usr/bin/rsync", NULL,
	    "the rsync to run" },
	{ "rsync-version", KEY_WORD, AT(rsync_version), "any",
	    rsync_version_words,
	    "its age: 3.5 (or newer) gets --confine-root, too" },
	{ "audit", KEY_PATH, AT(audit), "syslog", NULL,
	    "where the audit lines go: syslog, or a file" },
	{ NULL, KEY_FLAG, 0, NULL, NULL, NULL },
};
// clang-format on

const struct key *
policy_key(const char *name)
{
	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		if (strcmp(key->name, name) == 0)
			return key;
	}
	return NULL;
}

static const struct key_word *
find_word(const struct key_word *words, const char *text, size_t len)
{
	for (; words->word != NULL; words++) {
		if (strlen(words->word) == len &&
		    memcmp(words->word, text, len) == 0)
			return words;
	}
	return NULL;
}

static bool
set_flag(bool *flag, const char *value)
{
	bool yes = strcmp(value, "yes") == 0;

	if (!yes && strcmp(value, "no") != 0)
		return false;
	*flag = yes;
	return true;
}

static bool
set_word(unsigned *number, const struct key_word *words, const char *value)
{
	const struct key_word *found = find_word(words, value, strlen(value));

	if (found == NULL)
		return false;
	*number = found->value;
	return true;
}

static bool
set_list(unsigned *bits, const struct key_word *words, const char *value)
{
	unsigned result = 0;

	for (;;) {
		size_t len = strcspn(value, ",");
		const struct key_word *found = find_word(words, value, len);

		if (found == NULL)
			return false;
		result |= found->value;
		if (value[len] == '\0')
			break;
		value += len + 1;
	}
	*bits = result;
	return true;
}

static bool
set_path(char **path, const char *value)
{
	if (value[0] == '\0' || strlen(value) >= 4096)
		return false;
	free(*path);
	*path = xstrdup(value);
	return true;
}

static bool
add_command(struct policy *policy, const char *value)
{
	struct words words = { 0 };
	bool is_command =
	    words_split(value, strlen(value), &words) == REFUSE_NOTHING &&
	    words.count > 0;

	words_free(&words);
	if (!is_command || policy->exact_count >= MAX_COMMANDS)
		return false;
	policy->exact = xrealloc(policy->exact, policy->exact_count + 1,
	    sizeof(*policy->exact));
	policy->exact[policy->exact_count++] = xstrdup(value);
	return true;
}

static bool
set_value(struct policy *policy, const struct key *key, const char *value)
{
	void *member = (char *)policy + key->offset;

	switch (key->kind) {
	case KEY_FLAG:
		return set_flag(member, value);
	case KEY_WORD:
		return set_word(member, key->words, value);
	case KEY_LIST:
		return set_list(member, key->words, value);
	case KEY_COMMANDS:
		return add_command(policy, value);
	case KEY_PATH:
		return set_path(member, value);
	}
	return false;
}

int
policy_set(struct policy *policy, const char *name, const char *value,
    struct buf *error)
{
	const struct key *key = policy_key(name);

	if (key == NULL) {
		buf_add_text(error, "unknown key ");
		quote_add(error, name, strlen(name), 64);
		return -1;
	}
	if (!set_value(policy, key, value)) {
		buf_addf(error, "%s can't be ", key->name);
		quote_add(error, value, strlen(value), 256);
		return -1;
	}
	return 0;
}

void
policy_init(struct policy *policy)
{
	*policy = (struct policy){ 0 };
	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		if (key->fallback != NULL &&
		    !set_value(policy, key, key->fallback))
			abort(); /* a wrong default in the table above */
	}
}

void
policy_free(struct policy *policy)
{
	for (const struct key *key = policy_keys; key->name != NULL; key++) {
		if (key->kind == KEY_PATH)
			free(*(char **)((char *)policy + key->offset));
	}
	for (size_t i = 0; i < policy->exact_count; i++)
		free(policy->exact[i]);
	free(policy->exact);
	*policy = (struct policy){ 0 };
}

enum answer
policy_answer(const struct policy *policy, unsigned acts)
{
	if (!policy->may_delete && (acts & ACT_REMOVE))
		return ANSWER_NO;
	if (!policy->may_overwrite && (acts & (ACT_WRITE | ACT_RENAME_OVER)))
		return ANSWER_NO;
	return mode_answer_all(policy->mode, acts);
}

bool
policy_may_write(const struct policy *policy)
{
	return policy->mode != MODE_READ_ONLY;
}
