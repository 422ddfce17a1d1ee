/* The one reader of the table of keys; what a policy answers. */
#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/date.h"
#include "base/num.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/globs.h"
#include "request/words.h"

enum {
	MAX_TEXTS = 64, /* of one key */
	MAX_TEXT = 4096,
};

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
policy_find_word(const struct key_word *words, const char *text, size_t len)
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
	const struct key_word *found =
	    policy_find_word(words, value, strlen(value));

	if (found == NULL)
		return false;
	*number = found->value;
	return true;
}

static bool
policy_set_list(unsigned *bits, const struct key_word *words, const char *value)
{
	unsigned result = 0;

	for (;;) {
		size_t len = strcspn(value, ",");
		const struct key_word *found =
		    policy_find_word(words, value, len);

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
policy_set_path(char **path, const char *value)
{
	if (value[0] == '\0' || strlen(value) >= 4096)
		return false;
	free(*path);
	*path = xstrdup(value);
	return true;
}

static bool
add_text(struct texts *texts, const char *text, size_t len)
{
	char *copy;

	if (texts->count >= MAX_TEXTS || len == 0 || len >= MAX_TEXT)
		return false;
	copy = xcalloc(1, len + 1);
	memcpy(copy, text, len);
	texts->at = xrealloc(texts->at, texts->count + 1, sizeof(*texts->at));
	texts->at[texts->count++] = copy;
	return true;
}

static void
clear_texts(struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		free(texts->at[i]);
	free(texts->at);
	*texts = (struct texts){ NULL, 0 };
}

static bool
add_command(struct texts *texts, const char *value)
{
	struct words words = { 0 };
	bool is_command =
	    words_split(value, strlen(value), &words) == REFUSE_NOTHING &&
	    words.count > 0;

	words_free(&words);
	return is_command && add_text(texts, value, strlen(value));
}

/* Names one after the other, a slash between: no "." and no "..". */
static bool
policy_is_below_root(const char *text, size_t len)
{
	size_t part;

	for (const char *end = text + len;; text += part + 1) {
		part = 0;
		while (text + part < end && text[part] != '/')
			part++;
		if (part == 0 || (part == 1 && text[0] == '.') ||
		    (part == 2 && text[0] == '.' && text[1] == '.'))
			return false;
		if (text + part == end)
			return true;
	}
}

/* Texts with commas between, each of which is_right says to be one. */
static bool
policy_add_list(struct texts *texts, const char *value,
    bool is_right(const char *text, size_t len))
{
	for (const char *at = value;; at++) {
		size_t len = strcspn(at, ",");

		/* A blank at an end is a typing error that guards nothing. */
		if (len == 0 || at[0] == ' ' || at[len - 1] == ' ' ||
		    !is_right(at, len))
			return false;
		at += len;
		if (*at == '\0')
			break;
	}
	for (const char *at = value;; at++) {
		size_t len = strcspn(at, ",");

		if (!add_text(texts, at, len))
			return false;
		at += len;
		if (*at == '\0')
			return true;
	}
}

static bool
set_number(unsigned *number, const struct key *key, const char *value)
{
	int64_t parsed = 0;
	/* Where none is not the default, 0 would be no limit but a number. */
	bool is_none =
	    strcmp(value, "none") == 0 && strcmp(key->fallback, "none") == 0;

	if (!is_none &&
	    !num_parse(value, (int64_t)key->min, (int64_t)key->max, &parsed))
		return false;
	*number = (unsigned)parsed;
	return true;
}

static bool
policy_set_size(uint64_t *size, const struct key *key, const char *value)
{
	uint64_t parsed = 0;

	if (strcmp(value, "none") != 0 &&
	    (!num_parse_size(value, key->max, &parsed) || parsed < key->min))
		return false;
	*size = parsed;
	return true;
}

static bool
set_octal(unsigned *bits, const struct key *key, const char *value)
{
	unsigned parsed = MODE_UNSET;

	if (strcmp(value, "none") != 0 &&
	    !num_parse_octal(value, (unsigned)key->max, &parsed))
		return false;
	*bits = parsed;
	return true;
}

static bool
set_date(uint64_t *date, const char *value)
{
	int64_t parsed = 0;

	if (strcmp(value, "none") != 0 && !date_parse(value, &parsed))
		return false;
	*date = (uint64_t)parsed;
	return true;
}

static bool
set_value(struct policy *policy, const struct key *key, const char *value)
{
	void *member = (char *)policy + key->offset;

	if (key_is_list(key) && strcmp(value, "none") == 0) {
		clear_texts(member);
		return true;
	}
	switch (key->kind) {
	case KEY_FLAG:
		return set_flag(member, value);
	case KEY_WORD:
		return set_word(member, key->words, value);
	case KEY_LIST:
		return policy_set_list(member, key->words, value);
	case KEY_COMMANDS:
		return add_command(member, value);
	case KEY_GLOBS:
		return policy_add_list(member, value, glob_is_clear);
	case KEY_DIRS:
		return policy_add_list(member, value, policy_is_below_root);
	case KEY_PATH:
		return policy_set_path(member, value);
	case KEY_NUMBER:
		return set_number(member, key, value);
	case KEY_SIZE:
		return policy_set_size(member, key, value);
	case KEY_OCTAL:
		return set_octal(member, key, value);
	case KEY_DATE:
		return set_date(member, value);
	}
	return false;
}

bool
key_path_is_whole(const struct key *key, const char *path)
{
	return key->kind != KEY_PATH || path[0] == '/' ||
	       strcmp(key->name, "start-dir") == 0 ||
	       (strcmp(key->name, "audit") == 0 &&
		   (strcmp(path, "syslog") == 0 ||
		       strcmp(path, "journal") == 0));
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

int
policy_add_texts(struct policy *policy, const struct key *key,
    const struct texts *texts, struct buf *error)
{
	struct texts *member = (void *)((char *)policy + key->offset);

	for (size_t i = 0; i < texts->count; i++) {
		const char *text = texts->at[i];

		if (add_text(member, text, strlen(text)))
			continue;
		buf_addf(error, "%s: more than %d", key->name, MAX_TEXTS);
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
		void *member = (char *)policy + key->offset;

		if (key->kind == KEY_PATH)
			free(*(char **)member);
		if (key_is_list(key))
			clear_texts(member);
	}
	*policy = (struct policy){ 0 };
}

/* rsync names files in its protocol, where no check of ours sees them; an
 * exclude of ours is undone by its client's rule "!". */
static int
check_globs(const struct policy *policy, struct buf *error)
{
	if (!(policy->services & SERVICE_RSYNC) ||
	    (policy->deny.count == 0 && policy->hide.count == 0))
		return 0;
	buf_addf(error,
	    "%s can't be held on rsync; leave rsync out (services = sftp)",
	    policy->deny.count > 0 ? "deny" : "hide");
	return -1;
}

/*
 * rsync writes where its client likes (--inplace), but in create-only, where
 * each name that it gives is asked about. A drop box may read nothing, and what
 * was not written in order must be read.
 */
static int
check_verify(const struct policy *policy, struct buf *error)
{
	if (policy->verify == VERIFY_NONE || policy->mode == MODE_READ_ONLY ||
	    policy->mode == MODE_CREATE_ONLY)
		return 0;
	if (policy->mode == MODE_WRITE_ONLY)
		buf_add_text(error, "verify can't be held in write-only, where "
				    "nothing is read (mode = create-only)");
	else if (policy->services & SERVICE_RSYNC)
		buf_add_text(error, "verify can't be held on rsync but in "
				    "create-only; leave rsync out (services = "
				    "sftp) or set mode = create-only");
	else
		return 0;
	return -1;
}

/* A program in rsync's place is held by mode and directory alone. */
static int
policy_check_free(const struct policy *policy, struct buf *error)
{
	if (policy->mode != MODE_CREATE_ONLY || policy->free.count == 0 ||
	    (policy->may_delete && policy->may_overwrite))
		return 0;
	buf_addf(error,
	    "free lets files be removed and overwritten, %s = no does not; "
	    "leave one of them out",
	    policy->may_delete ? "overwrite" : "delete");
	return -1;
}

int
policy_check(struct policy *policy, struct buf *error)
{
	if (policy->mode == MODE_CREATE_ONLY || policy->verify != VERIFY_NONE)
		policy->atomic_uploads = true;
	if (check_verify(policy, error) != 0 ||
	    policy_check_free(policy, error) != 0)
		return -1;
	return check_globs(policy, error);
}

enum refusal
policy_shut(const struct policy *policy, int64_t now)
{
	if (policy->disabled)
		return REFUSE_DISABLED;
	if (policy->expires != 0 && now >= (int64_t)policy->expires)
		return REFUSE_EXPIRED;
	return REFUSE_NOTHING;
}

enum answer
policy_answer(const struct policy *policy, unsigned acts)
{
	enum answer answer;

	if (!policy->may_delete && (acts & ACT_REMOVE))
		return ANSWER_NO;
	if (!policy->may_overwrite && (acts & (ACT_WRITE | ACT_RENAME_OVER)))
		return ANSWER_NO;
	if (policy->links == LINKS_NONE && (acts & ACT_SYMLINK))
		return ANSWER_NO;
	answer = mode_answer_all(policy->mode, acts);
	/* put -p and rclone give what they have just uploaded its times. */
	if (!policy->may_overwrite && (acts & (ACT_META | ACT_OWNER)) &&
	    answer == ANSWER_YES)
		return ANSWER_OWN;
	return answer;
}

unsigned
policy_mode(const struct policy *policy, unsigned asked, bool directory)
{
	unsigned forced = directory ? policy->dir_mode : policy->file_mode;

	if (forced != MODE_UNSET)
		return directory ? forced | (asked & S_ISGID) : forced;
	if (!directory && !policy->set_id)
		asked &= ~(unsigned)(S_ISUID | S_ISGID);
	return asked & 07777;
}

bool
policy_may_write(const struct policy *policy)
{
	return policy->mode != MODE_READ_ONLY;
}
