/*
 * Finds the table's row for each word. Clients spell options in three ways: a
 * bundle of letters (stock rsync: -vlogDtpre.iLsfxCIvu), single letters
 * (openrsync: -g -l -o), long names with the value joined or as the next word.
 * Any other spelling is refused: rssh and scponly had holes because their
 * check read options otherwise than rsync did.
 */
#include "subsys/rsync/args.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "subsys/rsync/values.h"

const char args_not_server[] = "rsync runs here only as a client's server";
const char args_unknown[] = "it is not known here";

/* How far the words have been read. */
struct reader {
	struct rsync_args *args;
	const struct words *words;
	size_t first; /* index of the first option */
	size_t next;  /* index of the next word */
	struct verdict *verdict;
};

static enum refusal
args_refuse_word(struct reader *reader, enum refusal refusal,
    const char *because, const struct word *word)
{
	return verdict_set(reader->verdict, refusal, because, word->text,
	    word->len);
}

static enum refusal
args_refuse_letter(struct reader *reader, const char *because, char letter)
{
	const char text[2] = { '-', letter };

	return verdict_set(reader->verdict, REFUSE_OPTION, because, text, 2);
}

static void
args_add_item(struct rsync_args *args, const struct rsync_item *item)
{
	if (args->count == args->room) {
		args->room = args->room == 0 ? 32 : args->room * 2;
		args->items =
		    xrealloc(args->items, args->room, sizeof(*args->items));
	}
	args->items[args->count++] = *item;
}

bool
rsync_args_have_option(const struct rsync_args *args, const char *name)
{
	for (size_t i = 0; i < args->count; i++) {
		const char *given = args->items[i].row->name;

		if (given != NULL && strcmp(given, name) == 0)
			return true;
	}
	return false;
}

bool
rsync_args_have_letter(const struct rsync_args *args, char letter)
{
	for (size_t i = 0; i < args->count; i++) {
		if (args->items[i].row->letter == letter)
			return true;
	}
	return false;
}

bool
rsync_args_have(const struct rsync_args *args, enum rsync_value kind)
{
	for (size_t i = 0; i < args->count; i++) {
		if (args->items[i].row->value == kind)
			return true;
	}
	return false;
}

/* A letter with a value takes the rest of its word: e.iLsfx, B700, @-1. */
static enum refusal
read_letter_value(struct reader *reader, const struct rsync_option *row,
    const struct word *word, size_t i)
{
	struct rsync_item item = { .row = row,
		.as_letter = true,
		.value = word->text + i + 1,
		.value_len = word->len - i - 1 };

	if (row->value == VALUE_SUFFIX &&
	    rsync_args_have(reader->args, VALUE_SUFFIX))
		return args_refuse_letter(reader, "it is given twice", 'e');
	if (row->value != VALUE_SUFFIX && i != 1)
		return args_refuse_letter(reader, "it needs a word of its own",
		    row->letter);
	if (!rsync_value_ok(row->value, item.value, item.value_len))
		return args_refuse_word(reader, REFUSE_OPTION,
		    rsync_value_wanted(row->value), word);
	args_add_item(reader->args, &item);
	return REFUSE_NOTHING;
}

/* s stands in the first bundle only: in the block it would undo checks
 * (CVE-2018-5764), and no client sends it as a word of its own. */
static enum refusal
read_seclude(struct reader *reader)
{
	if (reader->next != reader->first + 1)
		return args_refuse_letter(reader,
		    "it stands only among the first letters", 's');
	return REFUSE_NOTHING;
}

static enum refusal
read_bundle(struct reader *reader, const struct word *word)
{
	if (word->len > ARGS_MAX_BUNDLE)
		return args_refuse_word(reader, REFUSE_TOO_LONG, NULL, word);
	for (size_t i = 1; i < word->len; i++) {
		const struct rsync_option *row =
		    rsync_option_letter(word->text[i]);
		struct rsync_item item = { .row = row, .as_letter = true };
		enum refusal refusal;

		if (row == NULL)
			return args_refuse_letter(reader, args_unknown,
			    word->text[i]);
		if (row->value != VALUE_NONE)
			return read_letter_value(reader, row, word, i);
		if (row->letter == 's') {
			refusal = read_seclude(reader);
			if (refusal != REFUSE_NOTHING)
				return refusal;
		}
		args_add_item(reader->args, &item);
	}
	return REFUSE_NOTHING;
}

/* Clients send only paths as a word of their own, and openrsync --suffix. */
static bool
may_stand_apart(enum rsync_value kind)
{
	return kind == VALUE_BESIDE || kind == VALUE_PARTIAL ||
	       kind == VALUE_LIST || kind == VALUE_ENDING;
}

static enum refusal
read_long_value(struct reader *reader, const struct word *word,
    const char *equals, struct rsync_item *item)
{
	const struct word *apart;

	if (equals != NULL) {
		item->value = equals + 1;
		item->value_len = word->len - (size_t)(equals + 1 - word->text);
		return REFUSE_NOTHING;
	}
	if (!may_stand_apart(item->row->value) ||
	    reader->next == reader->words->count)
		return args_refuse_word(reader, REFUSE_OPTION,
		    "its value is missing", word);
	apart = &reader->words->at[reader->next++];
	item->value = apart->text;
	item->value_len = apart->len;
	return REFUSE_NOTHING;
}

static enum refusal
read_long(struct reader *reader, const struct word *word)
{
	const char *equals = memchr(word->text, '=', word->len);
	size_t len =
	    equals == NULL ? word->len - 2 : (size_t)(equals - word->text) - 2;
	struct rsync_item item = { .row =
				       rsync_option_name(word->text + 2, len) };
	enum refusal refusal;

	if (item.row == NULL)
		return args_refuse_word(reader, REFUSE_OPTION, args_unknown,
		    word);
	if (item.row->fate == REFUSE)
		return args_refuse_word(reader, REFUSE_OPTION, item.row->why,
		    word);
	if (item.row->value == VALUE_NONE) {
		if (equals != NULL)
			return args_refuse_word(reader, REFUSE_OPTION,
			    rsync_value_wanted(VALUE_NONE), word);
		args_add_item(reader->args, &item);
		return REFUSE_NOTHING;
	}
	refusal = read_long_value(reader, word, equals, &item);
	if (refusal != REFUSE_NOTHING)
		return refusal;
	if (!rsync_value_ok(item.row->value, item.value, item.value_len))
		return args_refuse_word(reader, REFUSE_OPTION,
		    rsync_value_wanted(item.row->value), word);
	args_add_item(reader->args, &item);
	return REFUSE_NOTHING;
}

static bool
is_dot(const struct word *word)
{
	return word->len == 1 && word->text[0] == '.';
}

static enum refusal
read_options(struct reader *reader)
{
	const struct words *words = reader->words;

	while (reader->next < words->count) {
		const struct word *word = &words->at[reader->next++];
		enum refusal refusal;

		if (is_dot(word))
			return REFUSE_NOTHING;
		if (reader->next > ARGS_MAX_OPTIONS)
			return args_refuse_word(reader, REFUSE_TOO_LONG, NULL,
			    word);
		if (word->len < 2 || word->text[0] != '-')
			return args_refuse_word(reader, REFUSE_SYNTAX,
			    "options end with a dot, and then come the paths",
			    word);
		refusal = word->text[1] == '-' ? read_long(reader, word)
					       : read_bundle(reader, word);
		if (refusal != REFUSE_NOTHING)
			return refusal;
	}
	return verdict_set(reader->verdict, REFUSE_SYNTAX,
	    reader->args->secluded ? "the arguments that -s announces are "
				     "missing"
				   : "the dot before the paths is missing",
	    NULL, 0);
}

bool
rsync_args_seclude(const struct word *word)
{
	const char *end;

	if (word->len < 2 || word->text[0] != '-' || word->text[1] == '-')
		return false;
	end = memchr(word->text, 'e', word->len);
	return memchr(word->text, 's',
		   end == NULL ? word->len : (size_t)(end - word->text)) !=
	       NULL;
}

size_t
rsync_args_server(const struct words *words)
{
	for (size_t i = 1; i < words->count && i < ARGS_MAX_OPTIONS; i++) {
		if (words_is(words, i, "--server"))
			return i;
		if (strncmp(words->at[i].text, "--", 2) != 0 ||
		    words_is(words, i, "--sender"))
			return 0;
	}
	return 0;
}

enum refusal
rsync_args_parse(struct rsync_args *args, const struct words *words,
    struct verdict *verdict)
{
	size_t server = rsync_args_server(words);
	struct reader reader = { .args = args,
		.words = words,
		.next = 1,
		.verdict = verdict };
	enum refusal refusal;

	if (server == 0)
		return verdict_set(verdict, REFUSE_SYNTAX, args_not_server,
		    NULL, 0);
	/* --rsync-path="rsync --fake-super": options like the others. */
	while (reader.next < server) {
		refusal = read_long(&reader, &words->at[reader.next++]);
		if (refusal != REFUSE_NOTHING)
			return refusal;
	}
	if (reader.next != server) /* --server as another option's value */
		return verdict_set(verdict, REFUSE_SYNTAX, args_not_server,
		    NULL, 0);
	reader.next++;
	if (words_is(words, server + 1, "--sender")) {
		args->sender = true;
		reader.next++;
	}
	reader.first = reader.next;
	if (reader.next < words->count)
		args->secluded = rsync_args_seclude(&words->at[reader.next]);
	refusal = read_options(&reader);
	if (refusal != REFUSE_NOTHING)
		return refusal;
	args->paths = words->at + reader.next;
	args->path_count = words->count - reader.next;
	return REFUSE_NOTHING;
}

void
rsync_args_free(struct rsync_args *args)
{
	free(args->items);
	words_free(&args->expanded);
	*args = (struct rsync_args){ 0 };
}
