/*
 * A file's line is held back until it is known how the file fared: rsync logs a
 * file when its contents have come, compares their checksum, gives them the
 * name, and tells failures of that alone. All that it says of a file stands in
 * its log before the same process's next line.
 */
#include "subsys/rsync/file_log.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "policy/policy.h"
#include "record/record.h"
#include "root/root.h"
#include "session/live.h"

/* The longest path: of a destination, and of a name below it. */
enum { FILE_LOG_PATH = PATH_MAX + sizeof(((struct log_entry *)0)->name) + 2 };

int
file_log_init(struct file_log *record, struct job *job, bool sender)
{
	unsigned char random[FILE_LOG_WORD / 2];

	*record = (struct file_log){ .job = job,
		.sender = sender,
		.dest = ".",
		.differs = "failed" };
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -1;
	clock_gettime(CLOCK_REALTIME_COARSE, &record->started_at);
	record->last = record->started_at;
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

/* What happened, in the words of the record; NULL: nothing here. */
static const char *
event_of(const struct file_log *record, const struct log_entry *entry)
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
file_log_path(struct file_log *record, const struct log_entry *entry,
    struct buf *path)
{
	const char *name = entry->name;
	size_t len = entry->name_len;
	bool from_place = is_from_place(record, &name, &len);

	look_at_dest(record);
	if (!record->sender && !from_place && strcmp(record->dest, ".") != 0) {
		buf_add_text(path, "/");
		buf_add_text(path, record->dest);
	}
	while (path->len > 1 && path->bytes[path->len - 1] == '/')
		path->len--;
	while (len > 0 && name[len - 1] == '/')
		len--;
	while (len > 0 && *name == '/')
		name++, len--;
	if ((from_place || !record->dest_is_file) &&
	    !(len == 1 && *name == '.')) {
		buf_add_text(path, "/");
		buf_add(path, name, len);
	}
	if (path->len == 0)
		buf_add_text(path, "/");
}

/*
 * Has the name got another file, or this one changed, since then? Where rsync
 * gives a name to what is whole only, that is the proof that it is.
 */
static bool
file_log_is_there(struct file_log *record, const struct log_entry *entry,
    const struct timespec *since)
{
	not_zeroed char room[FILE_LOG_PATH];
	struct relpath path;
	struct stat st;
	struct buf text;

	if (!record->proves || entry->cut)
		return false;
	buf_init(&text, room, sizeof(room));
	file_log_path(record, entry, &text);
	return relpath_parse(&path, room, text.len, NULL) == 0 &&
	       root_stat(record->job->root, &path, NO_FOLLOW, &st) == 0 &&
	       S_ISREG(st.st_mode) && (uint64_t)st.st_size == entry->size &&
	       (st.st_ctim.tv_sec > since->tv_sec ||
		   (st.st_ctim.tv_sec == since->tv_sec &&
		       st.st_ctim.tv_nsec >= since->tv_nsec));
}

/* A line as all have it: who says it, and of which file. */
static void
file_log_begin(struct file_log *record, const struct log_entry *entry,
    const char *event, const struct timespec *when, struct record_line *line)
{
	not_zeroed char path[FILE_LOG_PATH];
	struct buf buf;

	record_begin_at(line, record->job->record, event, when);
	record_word(line, "src", "rsync");
	buf_init(&buf, path, sizeof(path));
	file_log_path(record, entry, &buf);
	record_bytes(line, "path", path, buf.len);
	if (entry->cut)
		record_word(line, "cut", "yes");
}

static void
file_log_write_close(struct file_log *record, const char *result, bool again)
{
	const struct log_entry *entry = &record->held;
	bool is_ok = strcmp(result, "ok") == 0;
	struct job *job = record->job;
	struct record_line line;

	file_log_begin(record, entry, "close", &record->came, &line);
	record_number(&line, "read", record->sender ? entry->size : 0);
	record_number(&line, "written", record->sender ? 0 : entry->size);
	record_number(&line, "wire", entry->wire);
	if (!record->sender)
		record_word(&line, "new",
		    entry->items[2] == '+' ? "yes" : "no");
	if (again)
		record_word(&line, "then", "again");
	else if (record->removes)
		record_word(&line, "then", "remove");
	else if (record->delays && is_ok)
		record_word(&line, "then", "name");
	job->files += is_ok;
	job->bytes += is_ok ? entry->size : 0;
	record_word(&line, "result", result);
	record_end(&line);
}

/* How the file fared that is held. is_past: its process has gone on since. */
static const char *
file_log_judge(struct file_log *record, bool is_past)
{
	if (record->sender || (is_past && record->warns))
		return "ok";
	return file_log_is_there(record, &record->held,
		   is_past ? &record->started_at : &record->before)
		   ? "ok"
		   : "unknown";
}

/* Writes the line that is held, if there is one. */
static void
file_log_release(struct file_log *record, bool is_past)
{
	if (!record->holds)
		return;
	record->holds = false;
	file_log_write_close(record, file_log_judge(record, is_past), false);
}

static void
file_log_hold(struct file_log *record, const struct log_entry *entry)
{
	record->before = record->last;
	clock_gettime(CLOCK_REALTIME_COARSE, &record->last);
	clock_gettime(CLOCK_REALTIME, &record->came);
	record->held = *entry;
	record->holds = true;
}

static void
file_log_entry(struct file_log *record, const struct log_entry *entry)
{
	const char *event;
	struct record_line line;
	struct timespec now;

	live_moved(record->job->live, 0, 0);
	/* A receiver's other process deletes: it knows nothing of the file. */
	if (record->holds && entry->pid == record->held.pid)
		file_log_release(record, true);
	event = event_of(record, entry);
	if (event == NULL)
		return;
	if (strcmp(event, "close") == 0) {
		file_log_release(record, true);
		file_log_hold(record, entry);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	file_log_begin(record, entry, event, &now, &line);
	record_word(&line, "result", "ok");
	record_end(&line);
}

/* What another message says of the file whose line is held. */
static void
file_log_fail(struct file_log *record)
{
	enum log_failure failure = log_message_failure(&record->message);

	if (failure == LOG_NO_FAILURE)
		return;
	record->holds = false;
	file_log_write_close(record,
	    failure == LOG_FAILS ? "failed" : record->differs,
	    failure == LOG_COMES_AGAIN);
}

/* The message that has begun is whole. */
static void
file_log_message(struct file_log *record)
{
	not_zeroed struct log_entry entry;

	if (log_message_split(&record->message, record->word, &entry))
		file_log_entry(record, &entry);
	else if (record->holds)
		file_log_fail(record);
	record->message.len = 0;
}

/* What can't be recorded must not be done, where the policy says so. */
static bool
is_recorded(const struct file_log *record)
{
	if (record->unsound)
		return false;
	if (record->job->policy->audit_loss == AUDIT_REFUSE)
		return record_is_well(record->job->record);
	record_flush(record->job->record);
	return true;
}

bool
file_log_take(void *context, const char *bytes, size_t len)
{
	struct file_log *record = context;
	struct log_message *message = &record->message;

	record->seen = false;
	if (message->len > 0) {
		switch (log_message_meets(message, record->word, bytes, len)) {
		case LOG_BEGINS:
			file_log_message(record);
			break;
		case LOG_GOES_ON:
			break;
		case LOG_AMBIGUOUS:
			record->unsound = true;
			return false;
		}
	}
	log_message_add(message, bytes, len);
	if (message->text > 0 && !record->begun)
		record->first = message->pid;
	record->begun |= len > 0;
	if (log_message_is_whole(message))
		file_log_message(record);
	return is_recorded(record);
}

/*
 * What is there may have come at another try. But then this one's failure was
 * logged before that: it is taken between two looks.
 */
bool
file_log_settle(void *context)
{
	struct file_log *record = context;

	if (!record->holds || !record->proves)
		return false;
	if (!record->seen) {
		record->seen =
		    file_log_is_there(record, &record->held, &record->before);
		return true;
	}
	record->holds = false;
	file_log_write_close(record, "ok", false);
	record_flush(record->job->record);
	return false;
}

void
file_log_end(struct file_log *record, bool in_order)
{
	if (record->message.len > 0)
		file_log_message(record);
	file_log_release(record, in_order);
	record_flush(record->job->record);
}
