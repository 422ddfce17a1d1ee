/* An event as one line of JSON. */
#ifndef FILESONLY_CTL_EVENT_PRINT_H
#define FILESONLY_CTL_EVENT_PRINT_H

#include <stdio.h>

#include "ctl/event_stream.h"

/*
 * Writes it, with its version. cursor: from where the record goes on behind it,
 * or ""; opened: "yes", "no" (the file is not there, or nothing that may be
 * opened), or NULL where nobody has tried.
 */
void event_print(FILE *out, const struct event *event, const char *cursor,
    const char *opened);

#endif
