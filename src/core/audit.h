/*
 * The record: one line an event, "key=value" pairs, the same words on every
 * protocol. Whatever a peer supplied is quoted, so that a line can't be
 * forged or broken by a name. Descriptors are opened before the jail; nothing
 * here opens anything later.
 */
#ifndef FILESONLY_CORE_AUDIT_H
#define FILESONLY_CORE_AUDIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"

struct session;

/* One open log and the session it speaks of. Opaque; audit_open allocates. */
struct audit;

/* The line that is being built: one at a time. */
struct audit_line {
	struct audit *audit;
	struct buf buf; /* over memory of the log's */
};

/*
 * where is "syslog" or an absolute path (created 0600, appended). A missing
 * syslog socket is no error: such lines are counted as lost. Returns NULL
 * with errno where a file can't be opened.
 */
struct audit *audit_open(const char *where,
    const struct session *session) must_check;
void audit_close(struct audit *audit);

/* The descriptor that lines go to, or -1: the jail must keep it. */
int audit_fd(const struct audit *audit);

/* Lines that could not be written so far. */
uint64_t audit_lost(const struct audit *audit);

/*
 * A line: begin (event is a constant word; time, session and user are put in
 * front), any number of fields, end (which writes it). Keys are constants.
 */
void audit_begin(struct audit_line *line, struct audit *audit,
    const char *event);
void audit_word(struct audit_line *line, const char *key, const char *word);
void audit_number(struct audit_line *line, const char *key, uint64_t number);
void audit_bytes(struct audit_line *line, const char *key, const void *bytes,
    size_t len);
void audit_end(struct audit_line *line);

/*
 * From now on lines wait and are handed over some at once, which costs a
 * fraction. Whoever calls this calls audit_flush before a client can hear of
 * what the lines tell, and before it waits; audit_close does it too.
 */
void audit_gather(struct audit *audit);
void audit_flush(struct audit *audit);

#endif
