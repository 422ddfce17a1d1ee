/*
 * Trusts no line: what does not parse is no entry. Decoding happens in place,
 * for no value gets longer by it.
 */
#include "ctl/audit_log.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "ctl/gate_program.h"

enum { EXPORT_FIELD_MAX = 1 << 20 };

struct log_reading {
	FILE *stream;
	audit_visit *visit;
	void *context;
	struct audit_entry entry;
	char *line; /* getline's */
	size_t room;
	char *kept[AUDIT_FIELDS_MAX]; /* an export's fields, owned */
	size_t kept_count;
	bool vouched; /* the export's entry is the gate's */
	const char *gate;
};

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

static void
give_entry(struct log_reading *reading)
{
	struct audit_entry *entry = &reading->entry;

	entry->event = audit_value(entry, "event");
	entry->session = audit_value(entry, "session");
	entry->user = audit_value(entry, "user");
	if (entry->event != NULL && entry->session != NULL &&
	    entry->user != NULL &&
	    read_time(audit_value(entry, "time"), &entry->time))
		reading->visit(reading->context, entry);
}

static bool
add_field(struct audit_entry *entry, const char *key, const char *value)
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
		if (!add_field(entry, key, value))
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
		if ((*at != ',' && *at != '}') || !add_field(entry, key, value))
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

static void
take_line(struct log_reading *reading)
{
	char *at = find_entry(reading->line);

	if (at == NULL)
		return;
	at[strcspn(at, "\r\n")] = '\0';
	reading->entry.count = 0;
	if (at[0] == '{') {
		/* The value that ends at the last brace is cut there. */
		char *end = strrchr(at, '}');

		if (end == NULL || !parse_json(&reading->entry, at))
			return;
		*end = '\0';
	} else if (!parse_logfmt(&reading->entry, at)) {
		return;
	}
	give_entry(reading);
}

/* --- the journal's export ------------------------------------------------ */

static void
export_begin(struct log_reading *reading)
{
	for (size_t i = 0; i < reading->kept_count; i++)
		free(reading->kept[i]);
	reading->kept_count = 0;
	reading->entry.count = 0;
	reading->vouched = false;
}

/* FILESONLY_KEY_CLAIM is key-claim; other fields are not ours, but _EXE. */
static void
export_field(struct log_reading *reading, const char *name, const char *value)
{
	static const char prefix[] = "FILESONLY_";
	size_t len = strlen(name), skip = sizeof(prefix) - 1;
	char *kept;

	if (strcmp(name, "_EXE") == 0)
		reading->vouched |=
		    reading->gate != NULL && strcmp(value, reading->gate) == 0;
	if (strncmp(name, prefix, skip) != 0 ||
	    reading->kept_count == AUDIT_FIELDS_MAX)
		return;
	kept = xcalloc(1, len + strlen(value) + 2);
	reading->kept[reading->kept_count++] = kept;
	for (size_t i = skip; i < len; i++) {
		char byte = name[i];

		if (byte >= 'A' && byte <= 'Z')
			byte = (char)(byte - 'A' + 'a');
		kept[i - skip] = byte;
		if (byte == '_')
			kept[i - skip] = '-';
	}
	memcpy(kept + len - skip + 1, value, strlen(value) + 1);
	(void)add_field(&reading->entry, kept, kept + len - skip + 1);
}

static void
export_end(struct log_reading *reading)
{
	if (reading->vouched)
		give_entry(reading);
	export_begin(reading);
}

/* NAME, newline, eight bytes of length, the bytes, newline. */
static bool
export_binary(struct log_reading *reading, const char *name)
{
	uint64_t size;
	char *bytes;
	bool whole;

	if (fread(&size, sizeof(size), 1, reading->stream) != 1 ||
	    le64toh(size) > EXPORT_FIELD_MAX)
		return false;
	size = le64toh(size);
	bytes = xcalloc(1, (size_t)size + 1);
	whole = fread(bytes, 1, (size_t)size, reading->stream) == size &&
		fgetc(reading->stream) == '\n';
	if (whole)
		export_field(reading, name, bytes);
	free(bytes);
	return whole;
}

/* Returns false where the stream is no export any more. */
static bool
export_line(struct log_reading *reading)
{
	char *equals;

	reading->line[strcspn(reading->line, "\n")] = '\0';
	if (reading->line[0] == '\0') {
		export_end(reading);
		return true;
	}
	equals = strchr(reading->line, '=');
	if (equals == NULL)
		return export_binary(reading, reading->line);
	*equals = '\0';
	export_field(reading, reading->line, equals + 1);
	return true;
}

/* --- whole logs ---------------------------------------------------------- */

static int
read_stream(FILE *stream, audit_visit *visit, void *context)
{
	static char gate[PATH_MAX];
	struct log_reading reading = { .stream = stream,
		.visit = visit,
		.context = context,
		.gate = gate_program(gate) };
	bool is_export = false, first = true;
	int result;

	errno = 0;
	while (getline(&reading.line, &reading.room, stream) >= 0) {
		if (first)
			is_export = strncmp(reading.line, "__CURSOR=", 9) == 0;
		first = false;
		if (!is_export)
			take_line(&reading);
		else if (!export_line(&reading))
			break;
	}
	if (is_export)
		export_end(&reading);
	result = ferror(stream) ? -1 : 0;
	free(reading.line);
	return result;
}

int
audit_log_read(const char *path, audit_visit *visit, void *context)
{
	FILE *stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	int result;

	if (stream == NULL)
		return -1;
	result = read_stream(stream, visit, context);
	if (stream != stdin)
		fclose(stream);
	return result;
}

static int
read_journal(const char *program, audit_visit *visit, void *context)
{
	static char environment[] = "LC_ALL=C.UTF-8";
	static char match[PATH_MAX + 8], output[] = "--output=export",
					 quiet[] = "--quiet";
	char gate[PATH_MAX], name[PATH_MAX];
	char *argv[] = { name, quiet, output, match, NULL };
	char *envp[] = { environment, NULL };
	int ends[2], result = -1, status;
	FILE *stream;
	pid_t pid;

	snprintf(name, sizeof(name), "%s", program);
	snprintf(match, sizeof(match), "_EXE=%s",
	    gate_program(gate) == NULL ? "" : gate);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		if (dup2(ends[1], STDOUT_FILENO) >= 0)
			execve(program, argv, envp);
		_exit(127);
	}
	close(ends[1]);
	stream = fdopen(ends[0], "r");
	if (stream == NULL)
		close(ends[0]);
	if (pid > 0 && stream != NULL)
		result = read_stream(stream, visit, context);
	if (stream != NULL)
		fclose(stream);
	if (pid > 0 && waitpid(pid, &status, 0) == pid && status != 0)
		result = -1;
	return result;
}

int
audit_log_read_system(audit_visit *visit, void *context, const char **path)
{
	static const char *const files[] = { "/var/log/auth.log",
		"/var/log/secure", "/var/log/messages", NULL };

	*path = "/usr/bin/journalctl";
	if (access(*path, X_OK) == 0 &&
	    (access("/var/log/journal", F_OK) == 0 ||
		access("/run/log/journal", F_OK) == 0))
		return read_journal(*path, visit, context);
	for (size_t i = 0; files[i] != NULL; i++) {
		*path = files[i];
		if (access(*path, F_OK) == 0)
			return audit_log_read(*path, visit, context);
	}
	errno = ENOENT;
	return -1;
}
