/*
 * The only word splitter. It turns bytes of a hostile client into words and
 * touches nothing else. It refuses what it can't read for certain and never
 * repairs.
 */
#include "request/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

static const char metacharacters[] = ";&|<>()$`";

/* The word being built: its bytes and their marks. */
struct building {
	char *text;
	unsigned char *quoted;
	size_t len;
	bool begun;   /* also by '', which is a word without bytes */
	size_t begin; /* where it stands in the string */
};

static void
put_byte(struct building *word, char byte, bool quoted)
{
	word->text[word->len] = byte;
	word->quoted[word->len] = quoted;
	word->len++;
	word->begun = true;
}

static struct word *
words_new_word(struct words *words)
{
	if (words->count == words->room) {
		words->room = words->room == 0 ? 16 : words->room * 2;
		words->at =
		    xrealloc(words->at, words->room, sizeof(*words->at));
	}
	return &words->at[words->count++];
}

/* The word ends before the byte at end, if one has begun. */
static enum refusal
words_end_word(struct words *words, struct building *word, size_t end)
{
	struct word *made;

	if (!word->begun)
		return REFUSE_NOTHING;
	if (words->count >= WORDS_MAX_COUNT)
		return REFUSE_TOO_LONG;
	made = words_new_word(words);
	made->text = xmemdup(word->text, word->len);
	made->quoted = (unsigned char *)xmemdup(word->quoted, word->len);
	made->len = word->len;
	made->begin = word->begin;
	made->end = end;
	word->len = 0;
	word->begun = false;
	return REFUSE_NOTHING;
}

/* Reads from behind the quote at i - 1 up to its partner; returns the index
 * behind that, or 0. In double quotes a backslash escapes some bytes. */
static size_t
read_quoted(const char *raw, size_t len, size_t i, struct building *word)
{
	char quote = raw[i - 1];

	word->begun = true;
	for (; i < len; i++) {
		if (raw[i] == quote)
			return i + 1;
		if (quote == '"' && raw[i] == '\\' && i + 1 < len &&
		    strchr("\"\\$`", raw[i + 1]) != NULL)
			i++;
		put_byte(word, raw[i], true);
	}
	return 0;
}

enum refusal
words_split(const char *raw, size_t len, struct words *words)
{
	auto_free char *text = NULL;
	auto_free unsigned char *quoted = NULL;
	struct building word = { 0 };

	if (len > WORDS_MAX_BYTES)
		return REFUSE_TOO_LONG;
	word.text = text = xcalloc(len, 1);
	word.quoted = quoted = xcalloc(len, 1);
	for (size_t i = 0; i < len;) {
		char c = raw[i++];

		if (!word.begun)
			word.begin = i - 1;
		if (c == '\'' || c == '"') {
			i = read_quoted(raw, len, i, &word);
			if (i == 0)
				return REFUSE_QUOTES;
		} else if (c == '\\') {
			if (i == len)
				return REFUSE_QUOTES;
			put_byte(&word, raw[i++], true);
		} else if (c == ' ' || c == '\t') {
			enum refusal refusal =
			    words_end_word(words, &word, i - 1);

			if (refusal != REFUSE_NOTHING)
				return refusal;
		} else if (memchr(metacharacters, c,
			       sizeof(metacharacters) - 1) != NULL) {
			return REFUSE_METACHARACTER;
		} else {
			put_byte(&word, c, false);
		}
	}
	return words_end_word(words, &word, len);
}

enum refusal
words_append(struct words *words, const char *text, size_t len, bool quoted)
{
	struct word *made;

	if (len > WORDS_MAX_BYTES || words->count >= WORDS_MAX_COUNT)
		return REFUSE_TOO_LONG;
	made = words_new_word(words);
	made->text = xmemdup(text, len);
	made->quoted = xcalloc(len, 1);
	memset(made->quoted, quoted, len);
	made->len = len;
	made->begin = made->end = 0;
	return REFUSE_NOTHING;
}

void
words_free(struct words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		free(words->at[i].text);
		free(words->at[i].quoted);
	}
	free(words->at);
	*words = (struct words){ 0 };
}

bool
words_is(const struct words *words, size_t i, const char *text)
{
	return i < words->count && words->at[i].len == strlen(text) &&
	       memcmp(words->at[i].text, text, words->at[i].len) == 0;
}
