/* Bytes that a peer has chosen stand in every message: none of them counts. */
#include "subsys/rsync/log_message.h"

#include <string.h>

#include "base/num.h"

/* No C library writes less of a message that comes in parts. */
enum { PART_BYTES = 1024 };

/* rsync 3.2 and older write names as they are, others nothing like this. */
static bool
is_raw(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return true;
	}
	return false;
}

/* "\#012" is a byte that rsync does not print; "\" itself so, before "#". */
static size_t
decode(const char *from, size_t len, char *to)
{
	size_t used = 0;

	if (is_raw(from, len)) {
		memcpy(to, from, len);
		return len;
	}

	for (size_t i = 0; i < len; i++) {
		unsigned byte = 0;
		size_t digits = 0;

		if (len - i >= 5 && from[i] == '\\' && from[i + 1] == '#') {
			while (digits < 3 && from[i + 2 + digits] >= '0' &&
			       from[i + 2 + digits] <= '7')
				byte = byte * 8 +
				       (unsigned)(from[i + 2 + digits++] - '0');
		}
		to[used++] = digits == 3 ? (char)byte : from[i];
		i += digits == 3 ? 4 : 0;
	}
	return used;
}

/* A number and the blank behind it; false where there is none. */
static bool
take_number(const char **at, size_t *left, uint64_t *number)
{
	const char *blank = memchr(*at, ' ', *left);
	char text[24];
	int64_t parsed;
	size_t len = blank == NULL ? 0 : (size_t)(blank - *at);

	if (len == 0 || len >= sizeof(text))
		return false;
	memcpy(text, *at, len);
	text[len] = '\0';
	if (!num_parse(text, 0, INT64_MAX, &parsed))
		return false;
	*number = (uint64_t)parsed;
	*at += len + 1;
	*left -= len + 1;
	return true;
}

/* Passes bytes that pattern has: '0' is a digit, others are themselves. */
static const char *
skip_pattern(const char *at, const char *end, const char *pattern)
{
	for (; *pattern != '\0'; pattern++, at++) {
		if (at == end || (*pattern == '0' ? *at < '0' || *at > '9'
						  : *at != *pattern))
			return NULL;
	}
	return at;
}

/* Where a message's TEXT begins, or NULL where this is none. */
static const char *
skip_stamp(const char *at, const char *end, uint64_t *pid)
{
	char text[24];
	int64_t parsed;
	size_t len = 0;

	at = skip_pattern(at, end, "0000/00/00 00:00:00 [");
	if (at == NULL)
		return NULL;
	while (at + len < end && len < sizeof(text) - 1 && at[len] != ']')
		len++;
	memcpy(text, at, len);
	text[len] = '\0';
	if (!num_parse(text, 0, INT64_MAX, &parsed))
		return NULL;
	*pid = (uint64_t)parsed;
	return skip_pattern(at + len, end, "] ");
}

/* How many bytes rsync had before it escaped some. */
static size_t
length_of(const char *text, size_t len)
{
	size_t bytes = len;

	for (size_t i = 0; i + 5 <= len; i++) {
		if (text[i] == '\\' && text[i + 1] == '#') {
			bytes -= 4;
			i += 4;
		}
	}
	return bytes;
}

/* The TEXT, and what stands behind our word in it; NULL: there is none. */
static const char *
text_of(const struct log_message *message, size_t *len)
{
	*len = message->len - message->text;
	return message->text == 0 ? NULL : message->bytes + message->text;
}

static const char *
ours_of(const struct log_message *message, const char *word, size_t *len)
{
	const char *text = text_of(message, len);
	size_t word_len = strlen(word);

	if (text == NULL || *len <= word_len + 1 ||
	    memcmp(text, word, word_len) != 0 || text[word_len] != ' ')
		return NULL;
	*len -= word_len + 1;
	return text + word_len + 1;
}

enum log_write
log_message_meets(const struct log_message *message, const char *word,
    const char *bytes, size_t len)
{
	uint64_t pid;
	size_t left;

	if (message->len < PART_BYTES)
		return LOG_BEGINS;
	if (ours_of(message, word, &left) != NULL ||
	    skip_stamp(bytes, bytes + len, &pid) == NULL)
		return LOG_GOES_ON;
	return LOG_AMBIGUOUS;
}

void
log_message_add(struct log_message *message, const char *bytes, size_t len)
{
	const char *text;

	if (len > sizeof(message->bytes) - message->len)
		message->len = 0;
	if (len > sizeof(message->bytes))
		return;
	memcpy(message->bytes + message->len, bytes, len);
	message->len += len;
	text = skip_stamp(message->bytes, message->bytes + message->len,
	    &message->pid);
	message->text = text == NULL ? 0 : (size_t)(text - message->bytes);
}

/*
 * It ends in a newline, which is escaped elsewhere where messages come in
 * parts; or it was cut.
 */
bool
log_message_is_whole(const struct log_message *message)
{
	size_t len;
	const char *text = text_of(message, &len);

	if (text == NULL || (len > 0 && text[len - 1] == '\n'))
		return true;
	return len == LOG_LINE ||
	       (len > LOG_LINE && length_of(text, len) >= LOG_LINE);
}

static bool
is_cut(const char *text, size_t len)
{
	return len > 0 &&
	       (text[len - 1] != '\n' || length_of(text, len) >= LOG_LINE);
}

bool
log_message_split(const struct log_message *message, const char *word,
    struct log_entry *entry)
{
	size_t len, left;
	const char *text = text_of(message, &len);
	const char *at = ours_of(message, word, &left);

	if (at == NULL)
		return false;
	entry->cut = is_cut(text, len);
	left -= at[left - 1] == '\n';
	if (left < 5 || at[4] != ' ')
		return false;
	memcpy(entry->operation, at, sizeof(entry->operation));
	at += 5;
	left -= 5;
	if (!take_number(&at, &left, &entry->pid) || left <= LOG_ITEMS ||
	    at[LOG_ITEMS] != ' ')
		return false;
	memcpy(entry->items, at, LOG_ITEMS);
	at += LOG_ITEMS + 1;
	left -= LOG_ITEMS + 1;
	if (!take_number(&at, &left, &entry->size) ||
	    !take_number(&at, &left, &entry->wire) ||
	    left > sizeof(entry->name))
		return false;
	entry->name_len = decode(at, left, entry->name);
	return true;
}

static bool
begins_with(const char *text, size_t len, const char *prefix)
{
	return len >= strlen(prefix) &&
	       memcmp(text, prefix, strlen(prefix)) == 0;
}

/*
 * "ERROR: NAME failed verification -- update discarded.\n", its end cut off
 * where the name is long. What it says of a part is not so with --partial.
 */
static bool
tells_verification(const char *text, size_t len)
{
	static const char told[] = " failed verification -- update ";

	return is_cut(text, len) ||
	       memmem(text, len, told, sizeof(told) - 1) != NULL;
}

enum log_failure
log_message_failure(const struct log_message *message)
{
	/* rsync itself begins them so; older ones name no process. */
	static const char *const others[] = { "rsync: [receiver] rename \"",
		"rsync: [receiver] copy \"", "rsync: rename \"",
		"rsync: copy \"", "Unable to create partial-dir for ",
		"rsync: [sender] read errors mapping ",
		"rsync: read errors mapping " };
	size_t len;
	const char *text = text_of(message, &len);

	if (text == NULL)
		return LOG_NO_FAILURE;
	if (begins_with(text, len, "ERROR: "))
		return tells_verification(text, len) ? LOG_DIFFERS
						     : LOG_NO_FAILURE;
	if (begins_with(text, len, "WARNING: "))
		return tells_verification(text, len) ? LOG_COMES_AGAIN
						     : LOG_NO_FAILURE;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (begins_with(text, len, others[i]))
			return LOG_FAILS;
	}
	return LOG_NO_FAILURE;
}
