/*
 * The word splitter: words within bounds, each with its marks; splitting the
 * words again, every byte behind a backslash, gives the same words.
 */
#include <string.h>

#include "base/xalloc.h"
#include "request/words.h"
#include "tests/fuzz/target.h"

/* Every byte of every word behind a backslash, one blank between. */
static char *
write_quoted(const struct words *words, size_t *len)
{
	size_t size = 1, at = 0;
	char *text;

	for (size_t i = 0; i < words->count; i++)
		size += 2 * words->at[i].len + 3;
	text = xcalloc(size, 1);
	for (size_t i = 0; i < words->count; i++) {
		if (i > 0)
			text[at++] = ' ';
		if (words->at[i].len == 0) {
			text[at++] = '\'';
			text[at++] = '\'';
		}
		for (size_t b = 0; b < words->at[i].len; b++) {
			text[at++] = '\\';
			text[at++] = words->at[i].text[b];
		}
	}
	*len = at;
	return text;
}

static void
check_again(const struct words *words)
{
	struct words again = { 0 };
	size_t len;
	char *text = write_quoted(words, &len);

	if (len <= WORDS_MAX_BYTES) {
		MUST(words_split(text, len, &again) == REFUSE_NOTHING);
		MUST(again.count == words->count);
		for (size_t i = 0; i < words->count; i++) {
			MUST(again.at[i].len == words->at[i].len);
			MUST(memcmp(again.at[i].text, words->at[i].text,
				 words->at[i].len) == 0);
		}
	}
	words_free(&again);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct words words = { 0 };
	enum refusal refusal;
	size_t total = 0;

	if (memchr(data, '\0', size) != NULL)
		return 0; /* no command string holds one */
	refusal = words_split((const char *)data, size, &words);
	MUST(words.count <= WORDS_MAX_COUNT);
	for (size_t i = 0; i < words.count; i++) {
		total += words.at[i].len;
		MUST(words.at[i].text[words.at[i].len] == '\0');
		for (size_t b = 0; b < words.at[i].len; b++) {
			MUST(words.at[i].quoted[b] <= 1);
			MUST(words.at[i].quoted[b] ||
			     strchr(";&|<>()$`'\"\\ \t", words.at[i].text[b]) ==
				 NULL);
		}
	}
	MUST(total <= size);
	if (refusal == REFUSE_NOTHING)
		check_again(&words);
	words_free(&words);
	return 0;
}
