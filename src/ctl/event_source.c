/*
 * A cursor is one word for the kind, and a place of that kind: what a journal's
 * entry is called, or where a line stands in a log.
 */
#include "ctl/event_source.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ctl/audit_export.h"
#include "ctl/log_follow.h"
#include "ctl/system_log.h"

enum { IDLE_MS = 200 };

static const char log_word[] = "log ", journal_word[] = "journal ";

/* The place behind the kind's word, "" for none; NULL: of another kind. */
static const char *
place_of(const char *cursor, const char *word)
{
	size_t len = strlen(word);

	if (cursor == NULL || cursor[0] == '\0')
		return "";
	return strncmp(cursor, word, len) == 0 ? cursor + len : NULL;
}

static int
follow_lines(struct event_source *source, struct log_follow *log)
{
	const struct timespec pause = { 0, IDLE_MS * 1000000L };
	char place[LOG_PLACE_BYTES];
	struct audit_entry entry;
	char *line;

	for (;;) {
		log_follow_place(log, place);
		snprintf(source->place, sizeof(source->place), "%s%s", log_word,
		    place);
		switch (log_follow_line(log, &line)) {
		case LOG_LINE:
			if (audit_line_read(line, &entry) &&
			    !source->take(source->context, &entry,
				source->place))
				return 0;
			break;
		case LOG_NEXT:
			break;
		case LOG_END:
			if (!source->idle(source->context, source->place) ||
			    !source->follows)
				return 0;
			nanosleep(&pause, NULL);
			break;
		case LOG_FAILED:
			return -1;
		}
		source->lost |= log->lost;
	}
}

static int
follow_log(struct event_source *source, const char *path)
{
	const char *place = place_of(source->since, log_word);
	struct log_follow log = { .fd = -1 };
	int result = -1;

	if (place == NULL) {
		errno = EINVAL;
		return -1;
	}
	if (log_follow_open(&log, path, place) == 0) {
		log.waits = source->follows;
		result = follow_lines(source, &log);
	}
	log_follow_close(&log);
	return result;
}

/* A stdio stream that calls source->idle while it waits for bytes. */
struct waiting {
	struct event_source *source;
	int fd;
	bool stopped;
};

static ssize_t
waiting_read(void *cookie, char *bytes, size_t size)
{
	struct waiting *waiting = cookie;
	struct event_source *source = waiting->source;
	struct pollfd ready = { .fd = waiting->fd, .events = POLLIN };
	int count;

	while ((count = poll(&ready, 1, IDLE_MS)) <= 0) {
		if ((count < 0 && errno != EINTR) ||
		    !source->idle(source->context, source->place)) {
			waiting->stopped = true;
			return 0;
		}
	}
	return read(waiting->fd, bytes, size);
}

static bool
take_exported(struct event_source *source, const struct audit_entry *entry)
{
	bool goes_on = source->take(source->context, entry, source->place);

	snprintf(source->place, sizeof(source->place), "%s%s", journal_word,
	    entry->cursor);
	return goes_on;
}

/* Lines, or a journal's export. Returns false where it was told to stop. */
static bool
read_stream(struct event_source *source, FILE *stream)
{
	static struct audit_export export;
	bool is_export = false, first = true, goes_on = true;
	enum export_fed fed = EXPORT_GOES_ON;
	struct audit_entry entry;
	char *line = NULL;
	size_t room = 0;

	audit_export_begin(&export);
	while (goes_on && fed != EXPORT_BROKEN &&
	       getline(&line, &room, stream) >= 0) {
		is_export |= first && strncmp(line, "__CURSOR=", 9) == 0;
		first = false;
		if (is_export)
			fed = audit_export_feed(&export, line, stream);
		else if (audit_line_read(line, &entry))
			goes_on = source->take(source->context, &entry, "");
		if (fed == EXPORT_ENTRY)
			goes_on = take_exported(source, &export.entry);
	}
	if (goes_on && is_export && audit_export_last(&export) == EXPORT_ENTRY)
		goes_on = take_exported(source, &export.entry);
	audit_export_end(&export);
	free(line);
	return goes_on;
}

static int
follow_stream(struct event_source *source, int fd)
{
	const cookie_io_functions_t functions = { .read = waiting_read };
	struct waiting waiting = { .source = source, .fd = fd };
	FILE *stream = fopencookie(&waiting, "r", functions);
	int result;

	if (stream == NULL)
		return -1;
	if (read_stream(source, stream) && !waiting.stopped)
		(void)!source->idle(source->context, source->place);
	result = ferror(stream) ? -1 : 0;
	fclose(stream);
	return result;
}

static int
follow_journal(struct event_source *source)
{
	const char *cursor = place_of(source->since, journal_word);
	auto_fd int fd = -1;
	pid_t pid;
	int result, status;

	if (cursor == NULL) {
		errno = EINVAL;
		return -1;
	}
	fd = system_log_journal(source->follows, cursor, &pid);
	if (fd < 0)
		return -1;
	snprintf(source->place, sizeof(source->place), "%s",
	    source->since == NULL ? "" : source->since);
	result = follow_stream(source, fd);
	auto_close_fd(&fd);
	/* journalctl --follow never ends by itself. */
	if (source->follows)
		kill(pid, SIGTERM);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	    WEXITSTATUS(status) != 0) {
		errno = EIO;
		return -1;
	}
	return result;
}

int
event_source_run(struct event_source *source, const char **what)
{
	bool is_journal = false;

	*what = source->log;
	if (source->log == NULL)
		*what = system_log_find(&is_journal);
	if (*what == NULL) {
		*what = "journal, auth.log, secure, messages";
		errno = ENOENT;
		return -1;
	}
	if (is_journal)
		return follow_journal(source);
	if (strcmp(*what, "-") == 0)
		return follow_stream(source, STDIN_FILENO);
	return follow_log(source, *what);
}
