/* Distances of words, and the table of keys. Pure. */
#include "ctl/suggest.h"

#include <inttypes.h>
#include <string.h>

#include "policy/policy.h"

enum { WORD_MAX = 32 };

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned two = a < b ? a : b;

	return two < c ? two : c;
}

static char
folded(char byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return (char)(byte - 'A' + 'a');
	if (byte == '_')
		return '-';
	return byte;
}

/* Insertions, deletions and substitutions, by rows of the usual matrix. */
static unsigned
edits(const char *a, const char *b)
{
	unsigned row[WORD_MAX + 1];
	size_t len = strlen(b);

	if (strlen(a) > WORD_MAX || len > WORD_MAX)
		return WORD_MAX;
	for (unsigned j = 0; j <= len; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1] != '\0'; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= len; j++) {
			unsigned other =
			    folded(a[i - 1]) == folded(b[j - 1]) ? 0 : 1;
			unsigned cost =
			    least(row[j] + 1, row[j - 1] + 1, diagonal + other);

			diagonal = row[j];
			row[j] = cost;
		}
	}
	return row[len];
}

static unsigned
near_enough(const char *word)
{
	return strlen(word) < 4 ? 1 : 2;
}

bool
suggest_is_near(const char *a, const char *b)
{
	return edits(a, b) <= near_enough(a);
}

static const struct key_word *
word_like(const struct key_word *words, const char *text)
{
	for (; words->word != NULL; words++) {
		if (suggest_is_near(text, words->word))
			return words;
	}
	return NULL;
}

void
suggest_key(const char *name, struct buf *out)
{
	const struct key_word *mode =
	    word_like(policy_key("mode")->words, name);
	const struct key *nearest = NULL, *key;
	unsigned best = near_enough(name) + 1;

	for (key = policy_keys; key->name != NULL; key++) {
		unsigned cost = edits(name, key->name);

		if (cost < best) {
			best = cost;
			nearest = key;
		}
	}
	key = strncmp(name, "no-", 3) == 0 ? policy_key(name + 3) : NULL;
	if (mode != NULL)
		buf_addf(out, "did you mean \"mode = %s\"?", mode->word);
	else if (key != NULL && key->kind == KEY_FLAG)
		buf_addf(out, "did you mean \"%s = no\"?", key->name);
	else if (nearest != NULL)
		buf_addf(out, "did you mean \"%s\"?", nearest->name);
}

static void
add_words(const struct key *key, struct buf *out)
{
	buf_add_text(out, key->kind == KEY_LIST ? "a list of" : "one of");
	for (const struct key_word *w = key->words;
	     w != NULL && w->word != NULL; w++)
		buf_addf(out, "%s %s", w == key->words ? "" : ",", w->word);
}

/* What a key takes, in a sentence's end. */
static void
add_takes(const struct key *key, struct buf *out)
{
	switch (key->kind) {
	case KEY_FLAG:
		buf_add_text(out, "yes or no");
		break;
	case KEY_WORD:
	case KEY_LIST:
		add_words(key, out);
		break;
	case KEY_COMMANDS:
		buf_add_text(out, "a command whose quotes are closed, or none");
		break;
	case KEY_GLOBS:
		buf_add_text(out, "patterns of one name each, commas between "
				  "and no blanks, or none");
		break;
	case KEY_DIRS:
		buf_add_text(out, "directories below the root, commas between "
				  "and no blanks, or none");
		break;
	case KEY_PATH:
		buf_add_text(out, "an absolute path");
		break;
	case KEY_NUMBER:
		buf_addf(out,
		    "a number from %" PRIu64 " to %" PRIu64 ", or none",
		    key->min, key->max);
		break;
	case KEY_SIZE:
		buf_addf(out,
		    "bytes, %" PRIu64 " or more, perhaps with K, M, G or T, "
		    "or none",
		    key->min);
		break;
	case KEY_OCTAL:
		buf_addf(out, "octal digits up to %" PRIo64 ", or none",
		    key->max);
		break;
	case KEY_DATE:
		buf_add_text(out, "a date, YYYYMMDD[HHMM[SS]][Z], or none");
		break;
	}
}

void
suggest_value(const char *name, const char *value, struct buf *out)
{
	const struct key *key = policy_key(name);
	const struct key_word *word = NULL;

	if (key == NULL)
		return;
	if (key->words != NULL)
		word = word_like(key->words, value);
	if (word != NULL) {
		buf_addf(out, "did you mean \"%s\"?", word->word);
		return;
	}
	buf_addf(out, "%s takes ", name);
	add_takes(key, out);
}

void
suggest_section(const char *text, struct buf *out)
{
	static const char *const kinds[] = { "user", "group", "profile" };
	size_t len = strcspn(text, " \t");
	char kind[WORD_MAX];

	if (suggest_is_near(text, "defaults")) {
		buf_add_text(out, "did you mean [defaults]?");
		return;
	}
	if (len >= sizeof(kind))
		return;
	memcpy(kind, text, len);
	kind[len] = '\0';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!suggest_is_near(kind, kinds[i]))
			continue;
		buf_addf(out, "did you mean [%s%s]?", kinds[i],
		    text[len] == '\0' ? " NAME" : text + len);
		return;
	}
	if (text[len] == '\0')
		buf_addf(out, "did you mean [user %s]?", text);
	else
		buf_add_text(out, "sections are [defaults], [group NAME], "
				  "[user NAME] and [profile NAME]");
}
