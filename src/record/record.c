/*
 * Lines of the record, built whole in memory of our own and handed to the
 * sink: text for syslog (RFC 3164's shape, as syslog(3) sends it) or a file,
 * fields for the journal (its native protocol). Trusts nothing that it is
 * given but the keys.
 */
#include "record/record.h"

#include <endian.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "record/sink.h"
#include "session/served.h"
#include "session/session.h"

enum {
	PRIORITY = (10 << 3) | 6, /* LOG_AUTHPRIV | LOG_INFO */
	VALUE_MAX = 4600,         /* of one value: any path of plain bytes */
	TAIL = 16,                /* kept for " cut=yes\n" */
	LINE_BYTES = 16384,       /* of one line: a datagram of syslog's */
	FIELD_BYTES = 32768,      /* of a line's fields in the journal */
	GATHERED = 32,            /* lines that are handed over at once */
	BURST = 50000,            /* lines that a session may write at once */
	RATE = 2000,              /* ... and a second, after that */
	STEP_MS = 50,             /* how long it waits then, again and again */
};

// clang-format off
const struct audit_event audit_events[] = {
	{ "decide",        "a request was allowed or refused, by which rule" },
	{ "misconfigured", "the account's configuration is wrong" },
	{ "start",         "a service begins, behind which walls" },
	{ "open",          "a file was opened" },
	{ "close",         "a file was closed: how much was read and written" },
	{ "remove",        "a file was removed" },
	{ "rename",        "a name was changed" },
	{ "mkdir",         "a directory was made" },
	{ "rmdir",         "a directory was removed" },
	{ "symlink",       "a symlink was made" },
	{ "link",          "a hard link was made" },
	{ "mknod",         "a pipe, socket or device was made" },
	{ "copy",          "a file was copied on the server" },
	{ "verify",        "contents that do not match a file's name" },
	{ "setstat",       "mode, owner, times, size or attributes were set" },
	{ "limit",         "a limit was met" },
	{ "protocol",      "the client broke the protocol" },
	{ "end",           "the session has ended: status, totals, reason" },
	{ NULL, NULL },
};
// clang-format on

struct record {
	struct sink sink;
	enum audit_format format;
	bool gathers;           /* lines wait for record_flush */
	uint64_t seen_lost;     /* by record_is_well */
	size_t line_bytes;      /* room that the next line needs */
	unsigned char *lines;   /* owned: lines that wait, then the next */
	unsigned char *message; /* owned: the journal's line of text */
	size_t ends[GATHERED];  /* ... where each that waits ends */
	unsigned waiting;
	uint64_t credit;        /* lines that may be written without a wait */
	uint64_t credited;      /* ... as was found out then, by clock_ms */
	char id[20], user[260]; /* of the session */
	/* A line's text up to its milliseconds, made once a second, and what
	 * stands behind its event. */
	time_t second;
	struct buf head, fixed;
	unsigned char head_room[128], fixed_room[1600];
};

/* Writes the session's fields, which every line has. */
static void
make_fixed(struct record *record)
{
	bool json = record->format == AUDIT_JSON;
	size_t len = strlen(record->user);

	buf_init(&record->fixed, record->fixed_room,
	    sizeof(record->fixed_room));
	buf_add_text(&record->fixed, json ? "\",\"session\":\"" : " session=");
	buf_add_text(&record->fixed, record->id);
	buf_add_text(&record->fixed, json ? "\",\"user\":" : " user=");
	if (json)
		quote_add_json(&record->fixed, record->user, len, VALUE_MAX);
	else
		quote_add(&record->fixed, record->user, len, VALUE_MAX);
}

struct record *
record_open(const char *where, const struct session *session)
{
	struct record *record = xcalloc(1, sizeof(*record));

	if (sink_open(&record->sink, where,
		session->record == RECORD_UNSERVED ? -1 : SERVED_RECORD_FD) !=
	    0) {
		sink_close(&record->sink);
		free(record);
		return NULL;
	}
	tzset(); /* localtime_r can't read the time zone in a jail */
	record->second = -1;
	record->credit = BURST;
	record->credited = clock_ms();
	record->line_bytes = LINE_BYTES;
	if (record->sink.kind == LOGSINK_JOURNAL) {
		record->message = xrealloc(NULL, 1, LINE_BYTES);
		record->line_bytes += FIELD_BYTES;
	}
	record->lines = xrealloc(NULL, 2, record->line_bytes);
	memcpy(record->id, session->id, sizeof(session->id));
	memcpy(record->user, session->user, sizeof(session->user));
	if (record->sink.kind == LOGSINK_SERVER &&
	    session->record == RECORD_JSON)
		record->format = AUDIT_JSON;
	make_fixed(record);
	return record;
}

void
record_write_as(struct record *record, enum audit_format format)
{
	/* filesonlyd's lines are all of one kind. */
	if (record->sink.kind != LOGSINK_SERVER)
		record->format = format;
	make_fixed(record);
}

void
record_keep(struct record *record)
{
	sink_keep(&record->sink);
}

void
record_close(struct record *record)
{
	if (record == NULL)
		return;
	record_flush(record);
	sink_close(&record->sink);
	free(record->lines);
	free(record->message);
	free(record);
}

int
record_fd(const struct record *record)
{
	return record->sink.fd;
}

uint64_t
record_lost(const struct record *record)
{
	return record->sink.lost;
}

bool
record_is_well(struct record *record)
{
	uint64_t seen = record->seen_lost;

	record_flush(record);
	record->seen_lost = record->sink.lost;
	return sink_is_well(&record->sink) && record->sink.lost == seen;
}

/* "<86>Nov  4 09:08:07 filesonly[123]: " */
static void
add_tag(struct buf *head, const char *stamp)
{
	buf_add_text(head, "<");
	buf_add_number(head, PRIORITY, 0);
	buf_add_text(head, ">");
	buf_add_text(head, stamp);
	buf_add_text(head, " filesonly[");
	buf_add_number(head, (uint64_t)getpid(), 0);
	buf_add_text(head, "]: ");
}

/*
 * A line to syslog begins with the tag, in C's names of months; any has
 * "time=2026-11-04T08:08:07." then.
 */
static void
make_head(struct record *record, time_t now)
{
	char stamp[32];
	struct tm tm;

	buf_init(&record->head, record->head_room, sizeof(record->head_room));
	if (record->sink.kind == LOGSINK_SYSLOG &&
	    localtime_r(&now, &tm) != NULL &&
	    strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm) > 0)
		add_tag(&record->head, stamp);
	buf_add_text(&record->head,
	    record->format == AUDIT_JSON ? "{\"time\":\"" : "time=");
	if (gmtime_r(&now, &tm) != NULL &&
	    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S.", &tm) > 0)
		buf_add_text(&record->head, stamp);
	record->second = now;
}

static size_t
length_of_waiting(const struct record *record)
{
	return record->waiting == 0 ? 0 : record->ends[record->waiting - 1];
}

/* Of a key: letters become capitals, digits stay. */
static char
field_byte(char byte)
{
	if (byte == '-')
		return '_';
	return byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte;
}

/* "FILESONLY_PATH=...", or its binary form where a newline is in it. */
static void
add_field(struct record_line *line, const char *key, const void *bytes,
    size_t len)
{
	struct buf *fields = &line->fields;
	size_t before = fields->len;
	uint64_t size = htole64(len);

	if (fields->bytes == NULL)
		return;
	buf_add_text(fields, "FILESONLY_");
	for (; *key != '\0'; key++)
		buf_add_u8(fields, (uint8_t)field_byte(*key));
	if (memchr(bytes, '\n', len) != NULL) {
		buf_add_u8(fields, '\n');
		buf_add(fields, &size, sizeof(size));
	} else {
		buf_add_u8(fields, '=');
	}
	buf_add(fields, bytes, len);
	buf_add_u8(fields, '\n');
	if (fields->full)
		fields->len = before;
}

static void
begin_fields(struct record_line *line, const char *event)
{
	const struct record *record = line->record;

	buf_add_text(&line->fields,
	    "PRIORITY=6\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=filesonly\n");
	add_field(line, "event", event, strlen(event));
	add_field(line, "session", record->id, strlen(record->id));
	add_field(line, "user", record->user, strlen(record->user));
}

/* Memory for one line more: its text and, for the journal, its fields. */
static void
begin_room(struct record_line *line)
{
	struct record *record = line->record;
	unsigned char *next = record->lines + length_of_waiting(record);

	line->cut = false;
	line->fields = (struct buf){ .bytes = NULL };
	if (record->sink.kind == LOGSINK_JOURNAL) {
		buf_init(&line->fields, next, FIELD_BYTES);
		next = record->message;
	}
	buf_init(&line->buf, next, LINE_BYTES - TAIL);
}

void
record_begin(struct record_line *line, struct record *record, const char *event)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	record_begin_at(line, record, event, &now);
}

void
record_begin_at(struct record_line *line, struct record *record,
    const char *event, const struct timespec *when)
{
	unsigned ms = (unsigned)(when->tv_nsec / 1000000);

	line->record = record;
	begin_room(line);
	if (when->tv_sec != record->second)
		make_head(record, when->tv_sec);
	buf_add(&line->buf, record->head.bytes, record->head.len);
	buf_add_u8(&line->buf, (uint8_t)('0' + ms / 100));
	buf_add_u8(&line->buf, (uint8_t)('0' + ms / 10 % 10));
	buf_add_u8(&line->buf, (uint8_t)('0' + ms % 10));
	buf_add_text(&line->buf,
	    record->format == AUDIT_JSON ? "Z\",\"event\":\"" : "Z event=");
	buf_add_text(&line->buf, event);
	buf_add(&line->buf, record->fixed.bytes, record->fixed.len);
	if (line->fields.bytes != NULL)
		begin_fields(line, event);
	if (record->sink.lost > 0)
		record_number(line, "lost", record->sink.lost);
}

/* Takes back a field that did not fit whole. */
static void
drop_partial(struct record_line *line, size_t before)
{
	if (!line->buf.full)
		return;
	line->buf.len = before;
	line->cut = true;
}

static bool
is_json(const struct record_line *line)
{
	return line->record->format == AUDIT_JSON;
}

static void
add_key(struct record_line *line, const char *key)
{
	buf_add_text(&line->buf, is_json(line) ? ",\"" : " ");
	buf_add_text(&line->buf, key);
	buf_add_text(&line->buf, is_json(line) ? "\":" : "=");
}

void
record_word(struct record_line *line, const char *key, const char *word)
{
	const char *quote = is_json(line) ? "\"" : "";
	size_t before = line->buf.len;

	add_key(line, key);
	buf_add_text(&line->buf, quote);
	buf_add_text(&line->buf, word);
	buf_add_text(&line->buf, quote);
	drop_partial(line, before);
	add_field(line, key, word, strlen(word));
}

void
record_number(struct record_line *line, const char *key, uint64_t number)
{
	size_t before = line->buf.len;
	char room[24];
	struct buf text;

	buf_init(&text, room, sizeof(room));
	buf_add_number(&text, number, 0);
	add_key(line, key);
	buf_add(&line->buf, text.bytes, text.len);
	drop_partial(line, before);
	add_field(line, key, text.bytes, text.len);
}

void
record_bytes(struct record_line *line, const char *key, const void *bytes,
    size_t len)
{
	size_t before = line->buf.len;

	add_key(line, key);
	if (!is_json(line))
		quote_add(&line->buf, bytes, len, VALUE_MAX);
	else if (!quote_add_json(&line->buf, bytes, len, VALUE_MAX))
		line->cut = true;
	drop_partial(line, before);
	add_field(line, key, bytes, len);
}

void
record_flush(struct record *record)
{
	if (record->waiting == 0)
		return;
	sink_write(&record->sink, record->lines, record->ends, record->waiting);
	record->waiting = 0;
}

void
record_gather(struct record *record)
{
	record->gathers = true;
}

/* The journal's fields, and the line as their message. */
static size_t
end_fields(struct record_line *line)
{
	struct buf *fields = &line->fields;

	fields->size += LINE_BYTES;
	fields->full = false;
	buf_add_text(fields, "MESSAGE=");
	buf_add(fields, line->buf.bytes, line->buf.len);
	buf_add_u8(fields, '\n');
	return fields->len;
}

/*
 * Keeps a session to its rate: one client must not fill the log for all. The
 * session waits; no line is dropped for that.
 */
static void
record_pace(struct record *record)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };

	while (record->credit == 0) {
		uint64_t now = clock_ms();
		uint64_t more = (now - record->credited) * RATE / 1000;

		if (more < STEP_MS * RATE / 1000) {
			record_flush(record);
			nanosleep(&step, NULL);
			continue;
		}
		record->credit = more < BURST ? more : BURST;
		record->credited = now;
	}
	record->credit--;
}

void
record_end_with_next(struct record_line *line)
{
	struct record *record = line->record;
	struct buf *buf = &line->buf;
	size_t len;

	buf->size += TAIL;
	buf->full = false;
	if (line->cut)
		buf_add_text(buf, is_json(line) ? ",\"cut\":true" : " cut=yes");
	if (is_json(line))
		buf_add_text(buf, "}");
	if (record->sink.kind == LOGSINK_FILE)
		buf_add_text(buf, "\n");
	len = line->fields.bytes == NULL ? buf->len : end_fields(line);
	record->ends[record->waiting] = length_of_waiting(record) + len;
	record->waiting++;
	record_pace(record);
	/* The next line must find its room. */
	if (record->waiting == GATHERED ||
	    length_of_waiting(record) > record->line_bytes)
		record_flush(record);
}

void
record_end(struct record_line *line)
{
	record_end_with_next(line);
	if (!line->record->gathers)
		record_flush(line->record);
}
