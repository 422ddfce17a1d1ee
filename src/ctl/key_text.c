/* The way back from a policy to the table of keys. Pure. */
#include "ctl/key_text.h"

#include <string.h>
#include <time.h>

static void
add_word(const struct key *key, unsigned value, struct buf *out)
{
	for (const struct key_word *w = key->words; w->word != NULL; w++) {
		if (w->value == value) {
			buf_add_text(out, w->word);
			return;
		}
	}
}

/* The word for all of the bits, if there is one, else a word a bit. */
static void
add_list(const struct key *key, unsigned bits, struct buf *out)
{
	size_t before = out->len;

	add_word(key, bits, out);
	if (out->len > before)
		return;
	for (const struct key_word *w = key->words; w->word != NULL; w++) {
		if ((w->value & (w->value - 1)) == 0 && (bits & w->value))
			buf_addf(out, "%s%s", out->len > before ? "," : "",
			    w->word);
	}
}

static void
add_texts(const struct texts *texts, struct buf *out)
{
	for (size_t i = 0; i < texts->count; i++)
		buf_addf(out, "%s%s", i > 0 ? ", " : "", texts->at[i]);
	if (texts->count == 0)
		buf_add_text(out, "none");
}

static void
add_number(uint64_t number, struct buf *out)
{
	if (number == 0)
		buf_add_text(out, "none");
	else
		buf_add_number(out, number, 0);
}

/* In UTC, whatever zone it was given in. */
static void
add_date(uint64_t date, struct buf *out)
{
	time_t when = (time_t)date;
	char text[32];
	struct tm tm;

	if (date != 0 && gmtime_r(&when, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm) > 0)
		buf_add_text(out, text);
	else
		buf_add_text(out, "none");
}

void
key_text(const struct policy *policy, const struct key *key, struct buf *out)
{
	const void *at = (const char *)policy + key->offset;

	switch (key->kind) {
	case KEY_FLAG:
		buf_add_text(out, *(const bool *)at ? "yes" : "no");
		break;
	case KEY_WORD:
		add_word(key, *(const unsigned *)at, out);
		break;
	case KEY_LIST:
		add_list(key, *(const unsigned *)at, out);
		break;
	case KEY_COMMANDS:
	case KEY_GLOBS:
	case KEY_DIRS:
		add_texts(at, out);
		break;
	case KEY_PATH:
		if (*(char *const *)at != NULL)
			buf_add_text(out, *(char *const *)at);
		break;
	case KEY_NUMBER:
		add_number(*(const unsigned *)at, out);
		break;
	case KEY_SIZE:
		add_number(*(const uint64_t *)at, out);
		break;
	case KEY_DATE:
		add_date(*(const uint64_t *)at, out);
		break;
	case KEY_OCTAL:
		if (*(const unsigned *)at == MODE_UNSET)
			buf_add_text(out, "none");
		else
			buf_addf(out, "%03o", *(const unsigned *)at);
		break;
	}
}

bool
key_is_default(const struct policy *policy, const struct key *key)
{
	char room[2][4096];
	struct buf own, other;
	struct policy fresh;

	buf_init(&own, room[0], sizeof(room[0]));
	buf_init(&other, room[1], sizeof(room[1]));
	policy_init(&fresh);
	key_text(policy, key, &own);
	key_text(&fresh, key, &other);
	policy_free(&fresh);
	return !own.full && own.len == other.len &&
	       memcmp(own.bytes, other.bytes, own.len) == 0;
}
