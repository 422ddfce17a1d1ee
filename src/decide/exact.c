/*
 * Compares words with words. The splitter that reads clients splits a listed
 * command, too, so that "two\ words" and 'two words' are the same name.
 */
#include "decide/exact.h"

#include <ctype.h>
#include <string.h>

/* Returns how many bytes of a bundle of letters count: those before its e. */
static size_t
counted_length(const struct word *word)
{
	const char *e;
	size_t at;

	if (word->len < 2 || word->text[0] != '-' || word->text[1] == '-')
		return word->len;
	e = memchr(word->text, 'e', word->len);
	if (e == NULL)
		return word->len;
	at = (size_t)(e - word->text) + 1;
	while (at < word->len && isdigit((unsigned char)word->text[at]))
		at++;
	if (at == word->len || word->text[at] != '.')
		return word->len;
	return (size_t)(e - word->text);
}

static bool
exact_same_word(const struct word *a, const struct word *b, bool is_bundle)
{
	size_t a_len = is_bundle ? counted_length(a) : a->len;
	size_t b_len = is_bundle ? counted_length(b) : b->len;

	return a_len == b_len && memcmp(a->text, b->text, a_len) == 0;
}

/* Does the byte mean something where it is not quoted? Behind an opened bracket
 * or brace so do those that close or divide it. */
static bool
exact_is_mark(char byte, bool is_open)
{
	return byte != '\0' &&
	       strchr(is_open ? "*?[]{},~!^-:.=" : "*?[{~", byte) != NULL;
}

static bool
exact_opens(const struct word *word, size_t i)
{
	return !word->quoted[i] &&
	       (word->text[i] == '[' || word->text[i] == '{');
}

/* Are the same bytes marks in both? "a\*" names one file, "a*" many. */
static bool
exact_same_marks(const struct word *a, const struct word *b)
{
	bool is_open = false;

	for (size_t i = 0; i < a->len && i < b->len; i++) {
		if (a->quoted[i] != b->quoted[i] &&
		    exact_is_mark(a->text[i], is_open))
			return false;
		is_open |= exact_opens(a, i);
	}
	return true;
}

static bool
exact_same_words(const struct words *a, const struct words *b)
{
	size_t server = 1, bundle;

	if (a->count != b->count)
		return false;
	while (server < a->count && !words_is(a, server, "--server"))
		server++;
	bundle = server + (words_is(a, server + 1, "--sender") ? 2 : 1);
	for (size_t i = 0; i < a->count; i++) {
		bool is_bundle = i == bundle;

		if (!exact_same_word(&a->at[i], &b->at[i], is_bundle) ||
		    !exact_same_marks(&a->at[i], &b->at[i]))
			return false;
	}
	return true;
}

static bool
exact_matches(const char *command, const struct words *words)
{
	struct words listed = { 0 };
	bool same;

	same =
	    words_split(command, strlen(command), &listed) == REFUSE_NOTHING &&
	    exact_same_words(&listed, words);
	words_free(&listed);
	return same;
}

bool
exact_allows(const struct policy *policy, const struct request *request)
{
	if (policy->exact.count == 0)
		return true;
	if (request->words.count == 0)
		return false; /* the SFTP subsystem has no command */
	for (size_t i = 0; i < policy->exact.count; i++) {
		if (exact_matches(policy->exact.at[i], &request->words))
			return true;
	}
	return false;
}

static bool
is_plain(const struct word *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_@%+=:,./-";

	return word->len > 0 && strspn(word->text, plain) == word->len;
}

static void
exact_write_word(const struct word *word, struct buf *out)
{
	bool in_quotes = false, is_open = false;

	if (is_plain(word)) {
		buf_add(out, word->text, word->len);
		return;
	}
	if (word->len == 0)
		buf_add_text(out, "''");
	for (size_t i = 0; i < word->len; i++) {
		/* An unquoted mark would lose its meaning in quotes. */
		bool bare =
		    !word->quoted[i] && exact_is_mark(word->text[i], is_open);
		bool quote = !bare && word->text[i] != '\'';

		is_open |= exact_opens(word, i);
		if (quote != in_quotes) {
			buf_add_text(out, "'");
			in_quotes = quote;
		}
		if (word->text[i] == '\'')
			buf_add_text(out, "\\'");
		else
			buf_add(out, word->text + i, 1);
	}
	if (in_quotes)
		buf_add_text(out, "'");
}

void
exact_write(const struct request *request, struct buf *out)
{
	for (size_t i = 0; i < request->words.count; i++) {
		if (i > 0)
			buf_add_text(out, " ");
		exact_write_word(&request->words.at[i], out);
	}
}
