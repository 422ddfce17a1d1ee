/*
 * Brace expansion, leftmost group first: "x{a,b}y" becomes "xay" and "xby",
 * each of which is expanded again, so that nesting needs no code of its own.
 */
#include "request/braces.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum { MAX_GROUPS = 64, MAX_LEN = 8192 };

/* The indices of the two braces of a word's first group. */
struct group {
	size_t open, close;
};

static bool
braces_is_active(const struct word *word, size_t i, char byte)
{
	return word->text[i] == byte && !word->quoted[i];
}

/* Finds the partner of the brace at open; false where there is none, or no
 * comma between them on their own level. */
static bool
close_group(const struct word *word, size_t open, size_t *close)
{
	bool comma = false;
	size_t depth = 0;

	for (size_t i = open; i < word->len; i++) {
		if (braces_is_active(word, i, '{'))
			depth++;
		else if (braces_is_active(word, i, ',') && depth == 1)
			comma = true;
		else if (braces_is_active(word, i, '}') && --depth == 0) {
			*close = i;
			return comma;
		}
	}
	return false;
}

static bool
find_group(const struct word *word, struct group *group)
{
	for (size_t i = 0; i < word->len; i++) {
		if (braces_is_active(word, i, '{') &&
		    close_group(word, i, &group->close)) {
			group->open = i;
			return true;
		}
	}
	return false;
}

/* Appends word with its group replaced by from..to. */
static enum refusal
append_choice(const struct word *word, const struct group *group, size_t from,
    size_t to, struct words *out)
{
	size_t tail = word->len - group->close - 1;
	size_t len = group->open + (to - from) + tail;
	auto_free char *text = xcalloc(len + 1, 1);
	struct word *made;

	memcpy(text, word->text, group->open);
	memcpy(text + group->open, word->text + from, to - from);
	memcpy(text + len - tail, word->text + group->close + 1, tail);
	if (words_append(out, text, len, false) != REFUSE_NOTHING)
		return REFUSE_TOO_LONG;
	made = &out->at[out->count - 1];
	memcpy(made->quoted, word->quoted, group->open);
	memcpy(made->quoted + group->open, word->quoted + from, to - from);
	memcpy(made->quoted + len - tail, word->quoted + group->close + 1,
	    tail);
	return REFUSE_NOTHING;
}

static enum refusal
append_choices(const struct word *word, const struct group *group,
    struct words *out)
{
	size_t from = group->open + 1, depth = 0;

	for (size_t i = from; i <= group->close; i++) {
		enum refusal refusal;

		if (braces_is_active(word, i, '{'))
			depth++;
		else if (braces_is_active(word, i, '}') && i < group->close)
			depth--;
		if (i < group->close &&
		    !(braces_is_active(word, i, ',') && depth == 0))
			continue;
		refusal = append_choice(word, group, from, i, out);
		if (refusal != REFUSE_NOTHING)
			return refusal;
		from = i + 1;
	}
	return REFUSE_NOTHING;
}

static enum refusal
braces_copy(const struct word *word, size_t skip, struct words *out)
{
	if (words_append(out, word->text + skip, word->len - skip, false) !=
	    REFUSE_NOTHING)
		return REFUSE_TOO_LONG;
	memcpy(out->at[out->count - 1].quoted, word->quoted + skip,
	    word->len - skip);
	return REFUSE_NOTHING;
}

/* Expands the first group of word, then of each result in turn; a result
 * without a group goes to out. The order is the shell's. */
static enum refusal
expand_groups(const struct word *word, struct words *out, size_t *budget)
{
	enum refusal refusal = REFUSE_NOTHING;
	struct words choices = { 0 };
	struct group group;

	if (!find_group(word, &group))
		return braces_copy(word, 0, out);
	if (*budget == 0)
		return REFUSE_TOO_LONG;
	(*budget)--;
	refusal = append_choices(word, &group, &choices);
	for (size_t i = 0; refusal == REFUSE_NOTHING && i < choices.count;
	     i++) {
		if (out->count >= BRACES_MAX_WORDS)
			refusal = REFUSE_TOO_LONG;
		else
			refusal = expand_groups(&choices.at[i], out, budget);
	}
	words_free(&choices);
	return refusal;
}

/* Bounds the time that expansion takes; nobody types so many groups. */
static bool
is_excessive(const struct word *word)
{
	size_t groups = 0;

	for (size_t i = 0; i < word->len; i++)
		groups += braces_is_active(word, i, '{');
	return groups > MAX_GROUPS || (groups > 0 && word->len > MAX_LEN);
}

enum refusal
braces_expand(const struct word *word, struct words *out)
{
	size_t budget = BRACES_MAX_WORDS;

	if (is_excessive(word))
		return REFUSE_TOO_LONG;
	return expand_groups(word, out, &budget);
}

enum tilde
tilde_of(const struct word *word)
{
	if (word->len == 0 || !braces_is_active(word, 0, '~'))
		return TILDE_NONE;
	return word->len == 1 || word->text[1] == '/' ? TILDE_HOME
						      : TILDE_OTHER;
}
