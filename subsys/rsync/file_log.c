/*
 * Finds the words, splits what stands between, says it in the words that all
 * protocols have. Trusts nothing but the random word: lines may be cut (rsync
 * writes at most 2047 bytes of one), and others may stand between.
 */
#include "subsys/rsync/file_log.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/num.h"
#include "policy/policy.h"
#include "record/record.h"
#include "root/root.h"

enum {
	RSYNC_LINE = 2047, /* bytes of one message in its log */
	ITEMS = 11,        /* ">f+++++++++", "*deleting  " */
};

/* One message, split: "recv >f+++++++++ 3 43 a/b". */
struct entry {
	const char *operation; /* four letters */
	const char *items;     /* ITEMS bytes */
	uint64_t size, wire;
	char name[RSYNC_LINE]; /* decoded */
	size_t name_len;
	bool cut; /* the name may go on */
};

int
file_log_init(struct file_log *record, struct job *job, bool sender)
{
	unsigned char random[FILE_LOG_WORD / 2];

	*record =
	    (struct file_log){ .job = job, .sender = sender, .dest = "." };
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -1;
	record_gather(job->record);
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(record->word + 2 * i, 3, "%02x", random[i]);
	/* A name alone, and a random one: rsync looks at what lies there. */
	snprintf(record->name, sizeof(record->name), ".log-%.16s",
	    record->word);
	snprintf(record->format, sizeof(record->format),
	    "%s %%o %%i %%l %%b %%%c %s.", record->word, sender ? 'f' : 'n',
	    record->word);
	return 0;
}

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

static bool
split(const char *text, size_t len, struct entry *entry)
{
	const char *at = text + 5 + ITEMS + 1;
	size_t left = len - (5 + ITEMS + 1);

	if (len < 5 + ITEMS + 1 || len > RSYNC_LINE || text[4] != ' ' ||
	    at[-1] != ' ')
		return false;
	entry->operation = text;
	entry->items = text + 5;
	if (!take_number(&at, &left, &entry->size) ||
	    !take_number(&at, &left, &entry->wire))
		return false;
	entry->name_len = decode(at, left, entry->name);
	return true;
}

/* What happened, in the words of the record; NULL: nothing here. */
static const char *
event_of(const struct file_log *record, const struct entry *entry)
{
	bool is_directory =
	    entry->name_len > 0 && entry->name[entry->name_len - 1] == '/';
	const char *items = entry->items;

	if (memcmp(entry->operation, "del.", 4) == 0)
		return is_directory ? "rmdir" : "remove";
	if ((items[0] == '<' || items[0] == '>') && items[1] == 'f')
		return "close";
	if (record->sender)
		return NULL;
	if (items[0] == 'h')
		return "link";
	if (items[0] != 'c' || items[2] != '+')
		return "setstat";
	if (items[1] == 'd')
		return "mkdir";
	return items[1] == 'L' ? "symlink" : "mknod";
}

/* One file may be sent under the name of a destination that is none. */
static void
look_at_dest(struct file_log *record)
{
	struct relpath path;
	struct stat st;

	if (record->dest_known)
		return;
	record->dest_known = true;
	record->dest_is_file =
	    !record->sender &&
	    relpath_parse(&path, record->dest, strlen(record->dest), NULL) ==
		0 &&
	    root_stat(record->job->root, &path, FOLLOW, &st) == 0 &&
	    !S_ISDIR(st.st_mode);
}

/* The path from the root: "/DEST/NAME", without "." and trailing slashes. */
static void
add_path(struct file_log *record, const struct entry *entry,
    struct record_line *line)
{
	not_zeroed char path[PATH_MAX + RSYNC_LINE + 2];
	const char *name = entry->name;
	size_t len = entry->name_len;
	struct buf buf;

	look_at_dest(record);
	buf_init(&buf, path, sizeof(path));
	if (!record->sender && strcmp(record->dest, ".") != 0) {
		buf_add_text(&buf, "/");
		buf_add_text(&buf, record->dest);
	}
	while (buf.len > 1 && path[buf.len - 1] == '/')
		buf.len--;
	while (len > 0 && name[len - 1] == '/')
		len--;
	while (len > 0 && *name == '/')
		name++, len--;
	if (!record->dest_is_file && !(len == 1 && *name == '.')) {
		buf_add_text(&buf, "/");
		buf_add(&buf, name, len);
	}
	if (buf.len == 0)
		buf_add_text(&buf, "/");
	record_bytes(line, "path", path, buf.len);
	if (entry->cut)
		record_word(line, "cut", "yes");
}

static void
write_line(struct file_log *record, const struct entry *entry,
    const char *event)
{
	bool is_file = strcmp(event, "close") == 0;
	struct job *job = record->job;
	struct record_line line;

	record_begin(&line, job->record, event);
	record_word(&line, "src", "rsync");
	add_path(record, entry, &line);
	if (is_file) {
		record_number(&line, "read", record->sender ? entry->size : 0);
		record_number(&line, "written",
		    record->sender ? 0 : entry->size);
		record_number(&line, "wire", entry->wire);
		if (!record->sender)
			record_word(&line, "new",
			    entry->items[2] == '+' ? "yes" : "no");
		if (record->removes)
			record_word(&line, "then", "remove");
		job->files++;
		job->bytes += entry->size;
	}
	record_word(&line, "result", "ok");
	record_end(&line);
}

static void
take_entry(struct file_log *record, const char *text, size_t len, bool cut)
{
	not_zeroed struct entry entry;
	const char *event;

	entry.cut = cut;
	if (!split(text, len, &entry))
		return;
	event = event_of(record, &entry);
	if (event != NULL)
		write_line(record, &entry, event);
}

/* Where the word with this byte behind it stands, or NULL. */
static const char *
find_word(const struct file_log *record, const char *from, char behind)
{
	const char *end = record->text + record->len;
	char word[FILE_LOG_WORD + 2];

	snprintf(word, sizeof(word), "%s%c", record->word, behind);
	return memmem(from, (size_t)(end - from), word, FILE_LOG_WORD + 1);
}

static void
drop_before(struct file_log *record, const char *at)
{
	size_t gone = (size_t)(at - record->text);

	record->len -= gone;
	memmove(record->text, at, record->len);
}

/* Takes one entry off the front; false where none is complete. */
static bool
take_one(struct file_log *record, bool is_end)
{
	const char *start = find_word(record, record->text, ' ');
	const char *text, *end, *next;
	size_t len;

	if (start == NULL) {
		if (record->len > FILE_LOG_WORD)
			drop_before(record,
			    record->text + record->len - FILE_LOG_WORD);
		return false;
	}
	text = start + FILE_LOG_WORD + 1;
	end = find_word(record, text, '.');
	next = find_word(record, text, ' ');
	if (end != NULL && (next == NULL || end < next)) {
		if (end > text) /* the blank before the word */
			take_entry(record, text, (size_t)(end - text) - 1,
			    false);
		drop_before(record, end + FILE_LOG_WORD + 1);
		return true;
	}
	drop_before(record, start);
	text = record->text + FILE_LOG_WORD + 1;
	if (next == NULL && !is_end && record->len < 2 * RSYNC_LINE)
		return false;
	len = record->len < RSYNC_LINE ? record->len : RSYNC_LINE;
	take_entry(record, text, len - (FILE_LOG_WORD + 1), true);
	drop_before(record, text);
	return true;
}

/* What can't be recorded must not be done, where the policy says so. */
static bool
is_recorded(const struct file_log *record)
{
	if (record->job->policy->audit_loss == AUDIT_REFUSE)
		return record_is_well(record->job->record);
	record_flush(record->job->record);
	return true;
}

bool
file_log_take(void *context, const char *bytes, size_t len)
{
	struct file_log *record = context;

	record->begun |= len > 0;
	do {
		size_t room = sizeof(record->text) - record->len;
		size_t part = len < room ? len : room;

		memcpy(record->text + record->len, bytes, part);
		record->len += part;
		bytes += part;
		len -= part;
		while (take_one(record, false))
			continue;
	} while (len > 0);
	return is_recorded(record);
}

void
file_log_end(struct file_log *record)
{
	while (take_one(record, true))
		continue;
	record_flush(record->job->record);
}
