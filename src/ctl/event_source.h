/*
 * Where events come from: a log that is followed over its rotations, the
 * journal by its program, or a stream.
 */
#ifndef FILESONLY_CTL_EVENT_SOURCE_H
#define FILESONLY_CTL_EVENT_SOURCE_H

#include <stdbool.h>

#include "base/auto.h"
#include "ctl/audit_entry.h"

enum { CURSOR_BYTES = 300 };

struct event_source {
	const char *log;   /* a file, "-", or NULL: this machine's */
	const char *since; /* a cursor, or NULL: from the beginning */
	bool follows;      /* waits for more */
	/* Takes an entry and where it begins, ... */
	bool (*take)(void *context, const struct audit_entry *entry,
	    const char *place);
	/* ... hears where the source is when there is nothing more, again and
	 * again while it waits; both end it by false. */
	bool (*idle)(void *context, const char *place);
	void *context;
	char place[CURSOR_BYTES]; /* behind what was taken; "": not known */
	bool lost;                /* since was in no file any more */
};

/*
 * Runs until there is nothing more (with follows: until a stream ends) or a
 * call has returned false. Returns 0, or -1 with errno; *what is what was read.
 */
int event_source_run(struct event_source *source, const char **what) must_check;

#endif
