/*
 * The administrator's program, run for an event: the event is on its standard
 * input, the file is its descriptor 3. No word of a client's is in its command
 * line, and no path is looked up again.
 */
#ifndef FILESONLY_CTL_EVENT_HANDLER_H
#define FILESONLY_CTL_EVENT_HANDLER_H

#include <stdbool.h>

#include "base/auto.h"
#include "ctl/event_stream.h"

struct event_handler {
	char *const *argv;  /* argv[0] is looked for as execvp(3) does */
	const char *root;   /* of all accounts; NULL: the configuration says */
	const char *config; /* ... this one, or NULL: the system's */
};

/*
 * Opens the event's file to read it: a regular one, beneath the account's
 * root, no symlink on the way, and nothing that could wait or act. Returns a
 * descriptor, or -1.
 */
int event_handler_open(const struct event_handler *handler,
    const struct event *event) must_check;

/*
 * Runs it, up to four times in seven seconds until it ends with 0. Returns
 * false where it never has.
 */
bool event_handler_run(const struct event_handler *handler,
    const struct event *event) must_check;

#endif
