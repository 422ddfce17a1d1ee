/*
 * The record as events that an administrator waits for: a file has arrived,
 * whole and under its last name; a part of one was left; names went or changed;
 * a session ended. An upload is held back for some seconds: clients write it
 * under another name and rename it then.
 */
#ifndef FILESONLY_CTL_EVENT_STREAM_H
#define FILESONLY_CTL_EVENT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/audit_entry.h"
#include "ctl/event_holds.h"

/* All texts are borrowed by who is told. */
struct event {
	char id[EVENT_ID_BYTES]; /* the same whenever it is told again */
	const char *type;
	int64_t time; /* seconds since 1970 */
	const char *account, *session;
	const char *uid; /* whose process told it, as the journal says; or "" */
	const char *path;   /* below the root; NULL: a session's event */
	const char *to;     /* the new name of what was renamed, or NULL */
	uint64_t bytes;     /* of a file that was written */
	uint64_t status;    /* of an end */
	const char *reason; /* ... or NULL */
};

/* Told of each event. Returns false where it is to be told again later: the
 * stream ends. */
typedef bool event_visit(void *context, const struct event *event);

struct event_stream {
	event_visit *visit;
	void *context;
	struct event_holds holds;
	int64_t now;  /* by the record, or the clock */
	bool stopped; /* a visit has said so */
};

/*
 * Takes one entry; place is where it stands in the log. Returns false where
 * the stream has stopped.
 */
bool event_stream_take(struct event_stream *stream,
    const struct audit_entry *entry, const char *place);

/* Time has gone on to now: tells what was held for long enough. */
bool event_stream_tick(struct event_stream *stream, int64_t now);

/* Where the record must be read from when the stream goes on: NULL: from where
 * it is read now. */
const char *event_stream_held(const struct event_stream *stream);

void event_stream_free(struct event_stream *stream);

#endif
