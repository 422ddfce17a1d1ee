/*
 * Trusts no line: what does not parse is no entry. Decoding happens in place,
 * for no value gets longer by it.
 */
#include "ctl/audit_entry.h"

#include <string.h>
#include <time.h>

#include "base/num.h"

const char *
audit_value(const struct audit_entry *entry, const char *key)
{
	for (size_t i = 0; i < entry->count; i++) {
		if (strcmp(entry->fields[i].key, key) == 0)
			return entry->fields[i].value;
	}
	return NULL;
}

uint64_t
audit_number(const struct audit_entry *entry, const char *key)
{
	const char *value = audit_value(entry, key);
	int64_t number;

	return value != NULL && num_parse(value, 0, INT64_MAX, &number)
		   ? (uint64_t)number
		   : 0;
}

/* "2026-11-30T15:36:57.415Z" */
static bool
read_time(const char *text, int64_t *seconds)
{
	struct tm parts = { 0 };
	const char *end =
	    text == NULL ? NULL : strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);

	if (end == NULL || (*end != '.' && *end != 'Z'))
		return false;
	*seconds = (int64_t)timegm(&parts);
	return true;
}

bool
audit_entry_is_whole(struct audit_entry *entry)
{
	entry->event = audit_value(entry, "event");
	entry->session = audit_value(entry, "session");
	entry->user = audit_value(entry, "user");
	return entry->event != NULL && entry->session != NULL &&
	       entry->user != NULL &&
	       read_time(audit_value(entry, "time"), &entry->time);
}

bool
audit_entry_add(struct audit_entry *entry, const char *key, const char *value)
{
	if (entry->count == AUDIT_FIELDS_MAX)
		return false;
	entry->fields[entry->count++] = (struct audit_field){ key, value };
	return true;
}

static int
hex_digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* \xHH, or \u00HH: its digits. Returns how many bytes, or 0. */
static size_t
decode_hex(const char *at, size_t digits, char *out)
{
	int value = 0;

	for (size_t i = 0; i < digits; i++) {
		int digit = hex_digit(at[i]);

		if (digit < 0)
			return 0;
		value = value * 16 + digit;
	}
	*out = (char)value;
	return value < 256 ? digits : 0;
}

/* One escape behind its backslash. Returns its length, or 0. */
static size_t
decode_escape(const char *at, char *out)
{
	static const char letters[] = "nrt\"\\/";
	static const char bytes[] = "\n\r\t\"\\/";
	const char *found;

	if (*at == 'x' || *at == 'u') {
		size_t len = decode_hex(at + 1, *at == 'x' ? 2 : 4, out);

		return len == 0 ? 0 : len + 1;
	}
	found = *at == '\0' ? NULL : strchr(letters, *at);
	if (found == NULL)
		return 0;
	*out = bytes[found - letters];
	return 1;
}

/*
 * Decodes what stands in quotes, from behind the first one, and ends it with a
 * NUL. Returns where the text goes on, or NULL.
 */
static char *
decode_quoted(char *at)
{
	char *out = at;

	while (*at != '"') {
		size_t len = 1;

		if (*at == '\0' || *at == '\n')
			return NULL;
		if (*at == '\\') {
			char byte = 0;

			len = decode_escape(at + 1, &byte);
			if (len == 0)
				return NULL;
			*out++ = byte;
			at += len + 1;
			continue;
		}
		*out++ = *at++;
	}
	*out = '\0';
	return at + 1;
}

static bool
parse_logfmt(struct audit_entry *entry, char *at)
{
	while (*at != '\0') {
		char *key = at, *value = strchr(at, '=');

		if (value == NULL)
			return false;
		*value++ = '\0';
		if (*value == '"') {
			at = decode_quoted(++value);
			if (at == NULL)
				return false;
			/* "..." behind the quote: it was cut. */
			at += strspn(at, ".");
		} else {
			at = value + strcspn(value, " ");
		}
		if (!audit_entry_add(entry, key, value))
			return false;
		if (*at == ' ')
			*at++ = '\0';
		else if (*at != '\0')
			return false;
	}
	return entry->count > 0;
}

/* One flat object, as the record writes it: no blanks, strings, numbers. */
static bool
parse_json(struct audit_entry *entry, char *at)
{
	for (at++; *at == '"';) {
		char *key = at + 1, *value;

		at = decode_quoted(key);
		if (at == NULL || *at != ':')
			return false;
		value = ++at;
		if (*value == '"') {
			at = decode_quoted(++value);
			if (at == NULL)
				return false;
		} else {
			at += strcspn(at, ",}");
		}
		if ((*at != ',' && *at != '}') ||
		    !audit_entry_add(entry, key, value))
			return false;
		if (*at == '}')
			return true;
		*at++ = '\0';
	}
	return false;
}

static char *
skip_words(char *at, unsigned count)
{
	for (; count > 0; count--) {
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	return at;
}

/*
 * Our own line, or a syslog server's: time, host, tag. Nowhere else in it may
 * the tag stand, for others log what strangers choose. Returns the entry in
 * the line, or NULL.
 */
static char *
find_entry(char *line)
{
	static const char tag[] = "filesonly[";
	size_t digits;

	if (strncmp(line, "time=", 5) == 0 || line[0] == '{')
		return line;
	/* "2026-11-30T..." is one word, "Nov 30 15:36:57" three. */
	line = skip_words(line, line[0] >= '0' && line[0] <= '9' ? 2 : 4);
	if (strncmp(line, tag, sizeof(tag) - 1) != 0)
		return NULL;
	line += sizeof(tag) - 1;
	digits = strspn(line, "0123456789");
	if (digits == 0 || strncmp(line + digits, "]: ", 3) != 0)
		return NULL;
	line += digits + 3;
	return strncmp(line, "time=", 5) == 0 || line[0] == '{' ? line : NULL;
}

bool
audit_line_read(char *line, struct audit_entry *entry)
{
	char *at = find_entry(line);

	entry->count = 0;
	entry->cursor = NULL;
	entry->uid = "";
	if (at == NULL)
		return false;
	at[strcspn(at, "\r\n")] = '\0';
	if (at[0] == '{') {
		/* The value that ends at the last brace is cut there. */
		char *end = strrchr(at, '}');

		if (end == NULL || !parse_json(entry, at))
			return false;
		*end = '\0';
	} else if (!parse_logfmt(entry, at)) {
		return false;
	}
	return audit_entry_is_whole(entry);
}
