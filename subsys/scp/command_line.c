/*
 * Options as getopt(3) reads them, up to the first word that is none; then
 * paths. Clients bundle options or send them apart; some say how fast they are
 * (-l), how loud (-v, -q), and old ones their version (-1), which is nothing
 * to us. What an scp on this machine would do as a client is refused.
 */
#include "subsys/scp/command_line.h"

#include <string.h>

#include "base/xalloc.h"
#include "request/braces.h"
#include "request/request.h"
#include "subsys/paths.h"

/* Options, read one letter after the other. */
struct letters {
	bool to, from; /* -t, -f */
	size_t next;   /* the first word behind the options */
};

static enum refusal
refuse_option(struct verdict *verdict, const struct word *word)
{
	return verdict_set(verdict, REFUSE_OPTION, NULL, word->text, word->len);
}

static enum refusal
refuse_syntax(struct verdict *verdict, const char *because)
{
	return verdict_set(verdict, REFUSE_SYNTAX, because, NULL, 0);
}

/* Returns false where there is no such option. */
static bool
set_letter(struct scp_args *args, struct letters *letters, char letter)
{
	switch (letter) {
	case 't':
		letters->to = true;
		return true;
	case 'f':
		letters->from = true;
		return true;
	case 'r':
		args->recursive = true;
		return true;
	case 'p':
		args->preserves = true;
		return true;
	case 'd':
		args->directory = true;
		return true;
	default:
		return strchr("vq1", letter) != NULL;
	}
}

/*
 * One word of options; letters->next is behind it then. -l takes the rest of
 * its word, or the next one.
 */
static enum refusal
read_letters(struct scp_args *args, const struct words *words,
    struct letters *letters, struct verdict *verdict)
{
	const struct word *word = &words->at[letters->next++];

	for (size_t i = 1; i < word->len; i++) {
		if (word->text[i] == 'l') {
			letters->next += i + 1 == word->len;
			return REFUSE_NOTHING;
		}
		if (word->text[i] == '\0' ||
		    !set_letter(args, letters, word->text[i]))
			return refuse_option(verdict, word);
	}
	return REFUSE_NOTHING;
}

static enum refusal
scp_read_options(struct scp_args *args, const struct words *words, size_t *next,
    struct verdict *verdict)
{
	struct letters letters = { .next = 1 };
	enum refusal refusal = REFUSE_NOTHING;

	while (refusal == REFUSE_NOTHING && letters.next < words->count) {
		const struct word *word = &words->at[letters.next];

		if (words_is(words, letters.next, "--")) {
			letters.next++;
			break;
		}
		if (word->len < 2 || word->text[0] != '-')
			break;
		refusal = read_letters(args, words, &letters, verdict);
	}
	if (refusal != REFUSE_NOTHING)
		return refusal;
	if (letters.to == letters.from)
		return refuse_syntax(verdict,
		    "scp is served with one of -t and -f, as clients send it");
	if (letters.next >= words->count)
		return refuse_syntax(verdict, "it names no file");
	args->sink = letters.to;
	*next = letters.next;
	return REFUSE_NOTHING;
}

/* Appends bytes that are one word's, each with its mark or as quoted. */
static void
join_bytes(struct word *word, const char *text, const unsigned char *quoted,
    size_t len)
{
	memcpy(word->text + word->len, text, len);
	if (quoted != NULL)
		memcpy(word->quoted + word->len, quoted, len);
	else
		memset(word->quoted + word->len, 1, len);
	word->len += len;
}

/* Words from first on, with the blanks that stood between them. */
static enum refusal
join_words(const struct request *request, size_t first, struct words *joined)
{
	const struct words *words = &request->words;
	size_t room = request->raw_len;
	auto_free char *text = xcalloc(room + 1, 1);
	auto_free unsigned char *quoted = xcalloc(room + 1, 1);
	struct word word = { .text = text, .quoted = quoted };
	enum refusal refusal;

	for (size_t i = first; i < words->count; i++) {
		const struct word *part = &words->at[i];
		size_t before = i == first ? part->begin : words->at[i - 1].end;

		join_bytes(&word, request->raw + before, NULL,
		    part->begin - before);
		join_bytes(&word, part->text, part->quoted, part->len);
	}
	refusal = words_append(joined, word.text, word.len, false);
	if (refusal == REFUSE_NOTHING)
		memcpy(joined->at[joined->count - 1].quoted, word.quoted,
		    word.len);
	return refusal;
}

static enum refusal
scp_read_paths(struct scp_args *args, const struct request *request,
    size_t first, struct verdict *verdict)
{
	const struct words *words = &request->words;
	enum refusal refusal = REFUSE_NOTHING;

	for (size_t i = first; refusal == REFUSE_NOTHING && i < words->count;
	     i++)
		refusal = braces_expand(&words->at[i], &args->paths);
	if (refusal == REFUSE_NOTHING && words->count - first > 1)
		refusal = join_words(request, first, &args->joined);
	if (refusal != REFUSE_NOTHING)
		return verdict_set(verdict, refusal, NULL, NULL, 0);
	/* "~" and another word are no name with a blank. */
	if (args->joined.count > 0 &&
	    paths_check(&args->joined.at[0], verdict) != REFUSE_NOTHING)
		words_free(&args->joined);
	for (size_t i = 0; refusal == REFUSE_NOTHING && i < args->paths.count;
	     i++)
		refusal = paths_check(&args->paths.at[i], verdict);
	return refusal;
}

enum refusal
scp_args_parse(struct scp_args *args, const struct request *request,
    struct verdict *verdict)
{
	enum refusal refusal;
	size_t first = 0;

	*args = (struct scp_args){ 0 };
	refusal = scp_read_options(args, &request->words, &first, verdict);
	if (refusal == REFUSE_NOTHING)
		refusal = scp_read_paths(args, request, first, verdict);
	if (refusal != REFUSE_NOTHING)
		scp_args_free(args);
	return refusal;
}

void
scp_args_free(struct scp_args *args)
{
	words_free(&args->paths);
	words_free(&args->joined);
	*args = (struct scp_args){ 0 };
}
