/*
 * Refuses every path that can be refused by its text alone, so that a decision
 * can be explained without the files.
 */
#include "subsys/rsync/path_rules.h"

#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "request/braces.h"
#include "subsys/rsync/argv.h"

enum refusal
path_rules_refuse(struct verdict *verdict, enum lexical_answer answer,
    const char *text, size_t len)
{
	return verdict_set(verdict, REFUSE_PATH, lexical_reason(answer), text,
	    len);
}

const char *
path_rules_own_path(const struct policy *policy, const char *own)
{
	if (!policy->absolute)
		return NULL;
	return own != NULL ? own : policy->root;
}

enum lexical_answer
path_rules_map(const struct policy *policy, const char *own, const char *text,
    size_t len, char out[PATH_MAX])
{
	const char *raw =
	    lexical_strip(text, &len, path_rules_own_path(policy, own));

	return lexical_map(raw, len, out);
}

/* The text of start-dir without slashes at its ends; *len is 0 for the root. */
static const char *
start_of(const struct policy *policy, size_t *len)
{
	const char *start = policy->start_dir == NULL ? "" : policy->start_dir;

	start += strspn(start, "/");
	*len = strlen(start);
	while (*len > 0 && start[*len - 1] == '/')
		(*len)--;
	if (*len == 1 && start[0] == '.')
		*len = 0;
	return start;
}

const char *
path_rules_from_start(const struct policy *policy, const char *text,
    size_t *len, char room[2 * PATH_MAX])
{
	size_t start_len;
	const char *start = start_of(policy, &start_len);
	struct buf path;

	if (start_len == 0 || (*len > 0 && text[0] == '/'))
		return text;
	buf_init(&path, room, 2 * PATH_MAX - 1);
	buf_add_text(&path, "/");
	buf_add(&path, start, start_len);
	buf_add_text(&path, "/");
	buf_add(&path, text, *len);
	*len = path.len;
	return path.full ? NULL : buf_text(&path);
}

/*
 * Puts start-dir in front of a relative word; those bytes are no wildcards.
 * With -R a sender's names begin behind "/./": start-dir is none of theirs.
 * at_home: the word began with "~", which is start-dir, too.
 */
static bool
begin_at_start(const struct policy *policy, bool sender, bool at_home,
    struct word *word)
{
	size_t start_len, head;
	const char *start = start_of(policy, &start_len);
	bool mark = sender && strstr(word->text, "/./") == NULL;

	if (start_len == 0 || (word->text[0] == '/' && !at_home))
		return true;
	while (word->len > 0 && word->text[0] == '/') {
		memmove(word->text, word->text + 1, word->len);
		word->len--;
		memmove(word->quoted, word->quoted + 1, word->len);
	}
	head = start_len + (mark ? 4 : 2);
	if (head + word->len >= PATH_MAX)
		return false;
	word->text = xrealloc(word->text, head + word->len + 1, 1);
	word->quoted = xrealloc(word->quoted, head + word->len + 1, 1);
	memmove(word->text + head, word->text, word->len + 1);
	memmove(word->quoted + head, word->quoted, word->len);
	memset(word->quoted, 1, head);
	word->text[0] = '/';
	memcpy(word->text + 1, start, start_len);
	memcpy(word->text + 1 + start_len, mark ? "/./" : "/", mark ? 3 : 1);
	word->len += head;
	return true;
}

/* A leading "~" is the root; start-dir is put in front of it later. */
static enum lexical_answer
replace_tilde(struct word *word)
{
	switch (tilde_of(word)) {
	case TILDE_NONE:
		break;
	case TILDE_HOME:
		word->text[0] = '/';
		break;
	case TILDE_OTHER:
		return LEXICAL_USER;
	}
	return LEXICAL_OK;
}

static enum refusal
expand_path(const struct policy *policy, struct rsync_args *args,
    const struct word *word, struct verdict *verdict)
{
	enum lexical_answer answer = LEXICAL_OK;
	size_t first = args->expanded.count;
	bool at_home = !args->secluded && tilde_of(word) == TILDE_HOME;
	enum refusal expanded =
	    args->secluded
		? words_append(&args->expanded, word->text, word->len, false)
		: braces_expand(word, &args->expanded);

	if (expanded != REFUSE_NOTHING)
		answer = LEXICAL_TOO_LONG;
	for (size_t i = first; answer == LEXICAL_OK && i < args->expanded.count;
	     i++) {
		if (!args->secluded)
			answer = replace_tilde(&args->expanded.at[i]);
		if (answer == LEXICAL_OK &&
		    !begin_at_start(policy, args->sender, at_home,
			&args->expanded.at[i]))
			answer = LEXICAL_TOO_LONG;
	}
	if (answer != LEXICAL_OK)
		return path_rules_refuse(verdict, answer, word->text,
		    word->len);
	return REFUSE_NOTHING;
}

bool
path_rules_are_free(const struct policy *policy, const struct rsync_args *args)
{
	const struct texts *free = &policy->free;
	const struct word *dest = args->expanded.at;
	char out[PATH_MAX];

	if (args->sender || args->expanded.count != 1 || free->count == 0 ||
	    path_rules_map(policy, NULL, dest->text, dest->len, out) !=
		LEXICAL_OK)
		return false;
	for (size_t i = 0; i < free->count; i++) {
		size_t len = strlen(free->at[i]);

		if (strncmp(out, free->at[i], len) == 0 &&
		    (out[len] == '/' || out[len] == '\0'))
			return true;
	}
	return false;
}

static enum refusal
judge_path(const struct policy *policy, const struct word *word,
    struct verdict *verdict)
{
	char out[PATH_MAX];
	enum lexical_answer answer =
	    path_rules_map(policy, NULL, word->text, word->len, out);

	if (answer != LEXICAL_OK)
		return path_rules_refuse(verdict, answer, word->text,
		    word->len);
	return REFUSE_NOTHING;
}

static enum lexical_answer
judge_value(const struct policy *policy, const struct rsync_item *item,
    size_t depth)
{
	char out[PATH_MAX], room[2 * PATH_MAX];
	size_t len = item->value_len;
	const char *raw;

	raw =
	    lexical_strip(item->value, &len, path_rules_own_path(policy, NULL));
	if (item->row->value == VALUE_LIST && len == 1 && raw[0] == '-')
		return LEXICAL_OK;
	if (item->row->value == VALUE_LIST) {
		raw = path_rules_from_start(policy, raw, &len, room);
		return raw == NULL ? LEXICAL_TOO_LONG
				   : lexical_map(raw, len, out);
	}
	if (item->row->value == VALUE_PARTIAL)
		depth = 0;
	return lexical_beside(raw, len, depth, out, NULL);
}

/* How deep the destination lies, as its text goes. */
static size_t
written_depth(const struct policy *policy, const struct rsync_args *args)
{
	const struct word *dest = args->expanded.at;
	char out[PATH_MAX];

	if (args->expanded.count == 0 ||
	    path_rules_map(policy, NULL, dest->text, dest->len, out) !=
		LEXICAL_OK)
		return 0;
	return lexical_depth(out);
}

static enum refusal
judge_values(const struct policy *policy, const struct rsync_args *args,
    struct verdict *verdict)
{
	size_t depth = written_depth(policy, args);

	for (size_t i = 0; i < args->count; i++) {
		const struct rsync_item *item = &args->items[i];
		enum lexical_answer answer;

		if (!argv_is_path(item->row->value))
			continue;
		if (args->sender && item->row->value != VALUE_LIST)
			continue; /* a sender goes without it */
		answer = judge_value(policy, item, depth);
		if (answer != LEXICAL_OK)
			return path_rules_refuse(verdict, answer, item->value,
			    item->value_len);
	}
	return REFUSE_NOTHING;
}

enum refusal
path_rules_read(const struct policy *policy, struct rsync_args *args,
    struct verdict *verdict)
{
	unsigned char unquoted = 0;
	size_t start_len;
	const struct word none = { .text = (char[]){ "" },
		.quoted = &unquoted };
	enum refusal refusal = REFUSE_NOTHING;

	if (!args->sender && args->path_count > 1)
		return verdict_set(verdict, REFUSE_SYNTAX,
		    "a transfer has one destination; a blank in its name needs "
		    "quotes",
		    NULL, 0);
	for (size_t i = 0; refusal == REFUSE_NOTHING && i < args->path_count;
	     i++)
		refusal = expand_path(policy, args, &args->paths[i], verdict);
	/* No path at all is where the session starts. */
	if (refusal == REFUSE_NOTHING && args->path_count == 0 &&
	    (start_of(policy, &start_len), start_len > 0))
		refusal = expand_path(policy, args, &none, verdict);
	for (size_t i = 0;
	     refusal == REFUSE_NOTHING && i < args->expanded.count; i++)
		refusal = judge_path(policy, &args->expanded.at[i], verdict);
	if (refusal == REFUSE_NOTHING)
		refusal = judge_values(policy, args, verdict);
	return refusal;
}
