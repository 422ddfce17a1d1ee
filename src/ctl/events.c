/*
 * events: the record as a stream, each event once at least. The cursor moves
 * only when what stands before it was written out, or a handler has ended well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "ctl/arguments.h"
#include "ctl/cursor_file.h"
#include "ctl/event_handler.h"
#include "ctl/event_print.h"
#include "ctl/event_source.h"
#include "ctl/event_stream.h"
#include "ctl/say.h"
#include "ctl/verbs.h"

enum { SAVE_MS = 1000 };

struct events {
	const char *types, *account, *cursor_file;
	struct event_stream stream;
	struct event_source source;
	struct event_handler handler; /* argv NULL: events are printed */
	char saved[CURSOR_BYTES];
	uint64_t saved_at; /* by clock_ms */
	bool failed;       /* it was told why */
};

/* Is the word one of a list's, parted by commas? */
static bool
list_has(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (list != NULL) {
		if (strncmp(list, word, len) == 0 &&
		    (list[len] == '\0' || list[len] == ','))
			return true;
		list = strchr(list, ',');
		list += list != NULL;
	}
	return false;
}

static const char *const type_words[] = { "arrived", "partial", "removed",
	"renamed", "ended", NULL };

static bool
types_are_known(const char *types)
{
	size_t known = 0, given = 1;

	for (const char *at = types; *at != '\0'; at++)
		given += *at == ',';
	for (size_t i = 0; type_words[i] != NULL; i++)
		known += list_has(types, type_words[i]);
	return known == given;
}

/* From where all that was not told yet is read again. */
static const char *
events_cursor(const struct events *events)
{
	const char *held = event_stream_held(&events->stream);

	return held != NULL ? held : events->source.place;
}

static bool
events_fail(struct events *events, const char *text, const char *word)
{
	if (!events->failed)
		(void)say_failure(text, word);
	events->failed = true;
	return false;
}

/* Everything that was told is out: keeps the cursor. */
static bool
events_save(struct events *events, const char *cursor)
{
	if (fflush(stdout) != 0)
		return events_fail(events, "events can't be written", NULL);
	if (events->cursor_file == NULL || cursor[0] == '\0' ||
	    strcmp(cursor, events->saved) == 0)
		return true;
	if (cursor_file_write(events->cursor_file, cursor) != 0)
		return events_fail(events,
		    "the cursor can't be kept: ", events->cursor_file);
	snprintf(events->saved, sizeof(events->saved), "%s", cursor);
	events->saved_at = clock_ms();
	return true;
}

static bool
events_visit(void *context, const struct event *event)
{
	struct events *events = context;

	if ((events->types != NULL && !list_has(events->types, event->type)) ||
	    (events->account != NULL &&
		strcmp(events->account, event->account) != 0))
		return true;
	if (events->handler.argv == NULL) {
		event_print(stdout, event, events_cursor(events), NULL);
		return true;
	}
	return event_handler_run(&events->handler, event) ||
	       events_fail(events,
		   "the command has not taken this event, which is told "
		   "again the next time: ",
		   event->id);
}

static bool
events_take(void *context, const struct audit_entry *entry, const char *place)
{
	struct events *events = context;
	/* What this entry tells may have to be told again. */
	bool told = event_stream_take(&events->stream, entry, place);

	if (!told)
		return false;
	return clock_ms() - events->saved_at < SAVE_MS ||
	       events_save(events, event_stream_held(&events->stream) != NULL
				       ? event_stream_held(&events->stream)
				       : place);
}

static bool
events_idle(void *context, const char *place)
{
	struct events *events = context;

	(void)place;
	return event_stream_tick(&events->stream, (int64_t)time(NULL)) &&
	       events_save(events, events_cursor(events));
}

static int
events_run(struct events *events)
{
	const char *what;

	events->stream.visit = events_visit;
	events->stream.context = events;
	events->source.take = events_take;
	events->source.idle = events_idle;
	events->source.context = events;
	if (event_source_run(&events->source, &what) != 0 && !events->failed) {
		(void)say_unreadable(what);
		events->failed = true;
	}
	if (events->source.lost)
		(void)say_failure("the cursor's place is in no file of the log "
				  "any more: events may be missing",
		    NULL);
	event_stream_free(&events->stream);
	return events->failed || events->source.lost ? CTL_FINDING : CTL_FINE;
}

/* The words: at most one log, then "--" and a command where there is one. */
static int
events_words(struct events *events, char **words, int count, bool executes)
{
	int i = 0;

	for (; i < count && strcmp(words[i], "--") != 0; i++) {
		if (events->source.log != NULL ||
		    (words[i][0] == '-' && words[i][1] != '\0'))
			return say_usage("events takes one log: ", words[i]);
		events->source.log = words[i];
	}
	if (executes != (i + 1 < count))
		return say_usage("--exec and -- COMMAND need each other", NULL);
	if (executes)
		events->handler.argv = words + i + 1;
	return CTL_FINE;
}

static int
events_arguments(struct events *events, int argc, char **argv)
{
	bool executes = false;
	const struct argument table[] = { { "follow", &events->source.follows,
					      NULL },
		{ "since", NULL, &events->source.since },
		{ "cursor-file", NULL, &events->cursor_file },
		{ "type", NULL, &events->types },
		{ "account", NULL, &events->account },
		{ "exec", &executes, NULL },
		{ "root", NULL, &events->handler.root },
		{ "config", NULL, &events->handler.config },
		{ NULL, NULL, NULL } };
	int count = arguments_take(argv, argc, table, true);

	if (count < 0)
		return CTL_USAGE;
	if (events->types != NULL && !types_are_known(events->types))
		return say_usage("--type wants some of arrived, partial, "
				 "removed, renamed, ended: ",
		    events->types);
	return events_words(events, argv + 1, count, executes);
}

int
verb_events(int argc, char **argv)
{
	static struct events events;
	int status = events_arguments(&events, argc, argv);

	if (status != CTL_FINE)
		return status;
	if (events.cursor_file != NULL &&
	    cursor_file_read(events.cursor_file, events.saved,
		sizeof(events.saved)) != 0)
		return say_failure("the cursor can't be read: ",
		    events.cursor_file);
	if (events.source.since == NULL)
		events.source.since = strdup(events.saved);
	return events_run(&events);
}
