/*
 * Paths on paper: what can be refused by their text alone is refused here, so
 * that a decision can be explained without the files.
 */
#include "subsys/rsync/text.h"

#include <string.h>

#include "subsys/rsync/argv.h"
#include "subsys/rsync/braces.h"

enum refusal
text_refuse(struct verdict *verdict, enum paths_answer answer, const char *text,
    size_t len)
{
	return verdict_set(verdict, REFUSE_PATH, paths_reason(answer), text,
	    len);
}

const char *
text_own_path(const struct policy *policy, const char *own)
{
	if (!policy->absolute)
		return NULL;
	return own != NULL ? own : policy->root;
}

enum paths_answer
text_map(const struct policy *policy, const char *own, const char *text,
    size_t len, char out[PATH_MAX])
{
	const char *raw = paths_strip(text, &len, text_own_path(policy, own));

	return paths_map(raw, len, out);
}

enum paths_answer
text_expand(const struct rsync_args *args, const struct word *word,
    struct words *out)
{
	if (!args->secluded)
		return braces_expand(word, out);
	return words_append(out, word->text, word->len, false) == REFUSE_NOTHING
		   ? PATHS_OK
		   : PATHS_TOO_LONG;
}

static enum refusal
judge_word(const struct policy *policy, const struct rsync_args *args,
    const struct word *word, struct verdict *verdict)
{
	struct words words = { 0 };
	char out[PATH_MAX];
	enum paths_answer answer = text_expand(args, word, &words);

	for (size_t i = 0; answer == PATHS_OK && i < words.count; i++)
		answer = text_map(policy, NULL, words.at[i].text,
		    words.at[i].len, out);
	words_free(&words);
	if (answer != PATHS_OK)
		return text_refuse(verdict, answer, word->text, word->len);
	return REFUSE_NOTHING;
}

static enum paths_answer
judge_value(const struct policy *policy, const struct rsync_item *item,
    size_t depth)
{
	char out[PATH_MAX];
	size_t len = item->value_len;
	const char *raw;

	raw = paths_strip(item->value, &len, text_own_path(policy, NULL));
	if (item->row->value == VALUE_LIST)
		return paths_map(raw, len, out);
	if (item->row->value == VALUE_PARTIAL)
		depth = 0;
	return paths_beside(raw, len, depth, out, NULL);
}

/* How deep the destination lies, as its text goes. */
static size_t
written_depth(const struct policy *policy, const struct rsync_args *args)
{
	struct words words = { 0 };
	char out[PATH_MAX];
	size_t depth = 0;

	if (args->path_count == 0 ||
	    text_expand(args, &args->paths[0], &words) != PATHS_OK) {
		words_free(&words);
		return 0;
	}
	if (words.count > 0 && text_map(policy, NULL, words.at[0].text,
				   words.at[0].len, out) == PATHS_OK)
		depth = paths_depth(out);
	words_free(&words);
	return depth;
}

static enum refusal
judge_values(const struct policy *policy, const struct rsync_args *args,
    struct verdict *verdict)
{
	size_t depth = written_depth(policy, args);

	for (size_t i = 0; i < args->count; i++) {
		const struct rsync_item *item = &args->items[i];
		enum paths_answer answer;

		if (!argv_is_path(item->row->value))
			continue;
		if (args->sender && item->row->value != VALUE_LIST)
			continue; /* a sender goes without it */
		answer = judge_value(policy, item, depth);
		if (answer != PATHS_OK)
			return text_refuse(verdict, answer, item->value,
			    item->value_len);
	}
	return REFUSE_NOTHING;
}

enum refusal
text_judge(const struct policy *policy, const struct rsync_args *args,
    struct verdict *verdict)
{
	if (!args->sender && args->path_count > 1)
		return verdict_set(verdict, REFUSE_SYNTAX,
		    "a transfer has one destination; a blank in its name needs "
		    "quotes",
		    NULL, 0);
	for (size_t i = 0; i < args->path_count; i++) {
		enum refusal refusal =
		    judge_word(policy, args, &args->paths[i], verdict);

		if (refusal != REFUSE_NOTHING)
			return refusal;
	}
	return judge_values(policy, args, verdict);
}
