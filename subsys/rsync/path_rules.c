/*
 * Refuses every path that can be refused by its text alone, so that a decision
 * can be explained without the files.
 */
#include "subsys/rsync/path_rules.h"

#include <string.h>

#include "subsys/rsync/argv.h"
#include "subsys/rsync/braces.h"

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

static enum refusal
expand_path(struct rsync_args *args, const struct word *word,
    struct verdict *verdict)
{
	enum lexical_answer answer = LEXICAL_OK;

	if (!args->secluded)
		answer = braces_expand(word, &args->expanded);
	else if (words_append(&args->expanded, word->text, word->len, false) !=
		 REFUSE_NOTHING)
		answer = LEXICAL_TOO_LONG;
	if (answer != LEXICAL_OK)
		return path_rules_refuse(verdict, answer, word->text,
		    word->len);
	return REFUSE_NOTHING;
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
	char out[PATH_MAX];
	size_t len = item->value_len;
	const char *raw;

	raw =
	    lexical_strip(item->value, &len, path_rules_own_path(policy, NULL));
	if (item->row->value == VALUE_LIST)
		return lexical_map(raw, len, out);
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
	enum refusal refusal = REFUSE_NOTHING;

	if (!args->sender && args->path_count > 1)
		return verdict_set(verdict, REFUSE_SYNTAX,
		    "a transfer has one destination; a blank in its name needs "
		    "quotes",
		    NULL, 0);
	for (size_t i = 0; refusal == REFUSE_NOTHING && i < args->path_count;
	     i++)
		refusal = expand_path(args, &args->paths[i], verdict);
	for (size_t i = 0;
	     refusal == REFUSE_NOTHING && i < args->expanded.count; i++)
		refusal = judge_path(policy, &args->expanded.at[i], verdict);
	if (refusal == REFUSE_NOTHING)
		refusal = judge_values(policy, args, verdict);
	return refusal;
}
