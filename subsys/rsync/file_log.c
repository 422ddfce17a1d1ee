/*
 * A message is "2026/11/24 22:35:14 [26369] TEXT\n", of which rsync cuts TEXT
 * at 2047 bytes, and writes it at once; from 3.5 on it escapes bytes that do
 * not print, and writes what gets too long by that in several parts. TEXT that
 * is ours is "WORD recv 26370 >f+++++++++ 3 43 NAME". The word tells it from
 * rsync's other messages.
 */
#include "subsys/rsync/file_log.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/num.h"
#include "policy/policy.h"
#include "record/record.h"
#include "root/root.h"
#include "session/live.h"

enum {
	RSYNC_LINE = 2047, /* bytes of one message in its log */
	ITEMS = 11,        /* ">f+++++++++", "*deleting  " */
};

/* One message, split: "recv 26370 >f+++++++++ 3 43 a/b". */
struct entry {
	const char *operation; /* four letters */
	uint64_t pid;          /* the process that tells it */
	const char *items;     /* ITEMS bytes */
	uint64_t size, wire;
	char name[RSYNC_LINE * 5]; /* decoded */
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
	    "%s %%o %%p %%i %%l %%b %%%c", record->word, sender ? 'f' : 'n');
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
	const char *at = text + 5;
	size_t left = len - 5;

	if (len < 5 || text[4] != ' ')
		return false;
	entry->operation = text;
	if (!take_number(&at, &left, &entry->pid) || left <= ITEMS ||
	    at[ITEMS] != ' ')
		return false;
	entry->items = at;
	at += ITEMS + 1;
	left -= ITEMS + 1;
	if (!take_number(&at, &left, &entry->size) ||
	    !take_number(&at, &left, &entry->wire) || left > RSYNC_LINE * 5)
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

	/* Removed by the first process of a receiver, or for a backup by that
	 * which makes it. Without backups that one passes on what the client
	 * says of removals of its own. */
	if (memcmp(entry->operation, "del.", 4) == 0) {
		if (record->sender ||
		    (entry->pid != record->first && !record->backs_up))
			return NULL;
		return is_directory ? "rmdir" : "remove";
	}
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

/*
 * A name that rsync was given from the top (--backup-dir), as "PLACE/NAME":
 * takes the place away. Returns false where it is one from the destination.
 */
static bool
is_from_place(const struct file_log *record, const char **name, size_t *len)
{
	size_t place = record->place == NULL ? 0 : strlen(record->place);

	if (record->sender || record->place == NULL || *len <= place ||
	    memcmp(*name, record->place, place) != 0 || (*name)[place] != '/')
		return false;
	*name += place;
	*len -= place;
	return true;
}

/* The path from the root: "/DEST/NAME", without "." and trailing slashes. */
static void
add_path(struct file_log *record, const struct entry *entry,
    struct record_line *line)
{
	not_zeroed char path[PATH_MAX + sizeof(entry->name) + 2];
	const char *name = entry->name;
	size_t len = entry->name_len;
	bool from_place = is_from_place(record, &name, &len);
	struct buf buf;

	look_at_dest(record);
	buf_init(&buf, path, sizeof(path));
	if (!record->sender && !from_place && strcmp(record->dest, ".") != 0) {
		buf_add_text(&buf, "/");
		buf_add_text(&buf, record->dest);
	}
	while (buf.len > 1 && path[buf.len - 1] == '/')
		buf.len--;
	while (len > 0 && name[len - 1] == '/')
		len--;
	while (len > 0 && *name == '/')
		name++, len--;
	if ((from_place || !record->dest_is_file) &&
	    !(len == 1 && *name == '.')) {
		buf_add_text(&buf, "/");
		buf_add(&buf, name, len);
	}
	if (buf.len == 0)
		buf_add_text(&buf, "/");
	record_bytes(line, "path", path, buf.len);
	if (entry->cut)
		record_word(line, "cut", "yes");
}

/*
 * rsync lists a file also if its rename failed. We refused the rename (verify):
 * the next entry is that file.
 */
static bool
file_log_has_differed(struct file_log *record, const struct entry *entry)
{
	size_t len = strlen(record->differing);

	if (len == 0 || entry->name_len < len ||
	    memcmp(entry->name + entry->name_len - len, record->differing,
		len) != 0)
		return false;
	record->differing[0] = '\0';
	return true;
}

static void
write_line(struct file_log *record, const struct entry *entry,
    const char *event)
{
	bool is_file = strcmp(event, "close") == 0;
	bool differs = is_file && file_log_has_differed(record, entry);
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
		if (record->delays)
			record_word(&line, "then", "name");
		job->files += !differs;
		job->bytes += differs ? 0 : entry->size;
	}
	record_word(&line, "result", differs ? "failed" : "ok");
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
	live_moved(record->job->live, 0, 0);
	event = event_of(record, &entry);
	if (event != NULL)
		write_line(record, &entry, event);
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

/*
 * Is this all of a message? It ends in a newline, which is escaped elsewhere
 * where messages come in parts; or it was cut.
 */
static bool
is_whole(const char *text, size_t len)
{
	if (len > 0 && text[len - 1] == '\n')
		return true;
	return len == RSYNC_LINE ||
	       (len > RSYNC_LINE && length_of(text, len) >= RSYNC_LINE);
}

static void
take_message(struct file_log *record, const char *text, size_t len)
{
	const char *end = text + len;
	bool cut =
	    len > 0 && (end[-1] != '\n' || length_of(text, len) >= RSYNC_LINE);

	if (len <= FILE_LOG_WORD + 1 ||
	    memcmp(text, record->word, FILE_LOG_WORD) != 0 ||
	    text[FILE_LOG_WORD] != ' ')
		return;
	text += FILE_LOG_WORD + 1;
	if (end[-1] == '\n')
		end--;
	take_entry(record, text, (size_t)(end - text), cut);
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
	const char *text, *end;
	uint64_t pid;

	if (len > sizeof(record->text) - record->len)
		record->len = 0; /* none of rsync's is so long */
	if (len > sizeof(record->text))
		return is_recorded(record);
	memcpy(record->text + record->len, bytes, len);
	record->len += len;
	end = record->text + record->len;
	text = skip_stamp(record->text, end, &pid);
	if (text != NULL && !record->begun)
		record->first = pid;
	record->begun |= len > 0;
	if (text != NULL && !is_whole(text, (size_t)(end - text)))
		return is_recorded(record);
	if (text != NULL)
		take_message(record, text, (size_t)(end - text));
	record->len = 0;
	return is_recorded(record);
}

void
file_log_end(struct file_log *record)
{
	record_flush(record->job->record);
}
