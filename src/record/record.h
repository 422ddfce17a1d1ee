/*
 * The record: one line an event, "key=value" pairs, the same words on every
 * protocol. Whatever a peer supplied is quoted, so that a line can't be
 * forged or broken by a name. Descriptors are opened before the jail; nothing
 * here opens anything later.
 */
#ifndef FILESONLY_RECORD_RECORD_H
#define FILESONLY_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/auto.h"
#include "base/buf.h"
#include "policy/policy.h"

struct session;

/* One open log and the session it speaks of. Opaque; record_open allocates. */
struct record;

/* The line that is being built: one at a time. */
struct record_line {
	struct record *record;
	struct buf buf;    /* over memory of the log's */
	struct buf fields; /* the journal's, one a key; likewise */
	bool cut;          /* a value or field did not fit */
};

/* An event that lines tell of; the manual, filesonly-audit(5), has them all. */
struct audit_event {
	const char *name;
	const char *help; /* one line */
};

/* All events, ended by one without a name. */
extern const struct audit_event audit_events[];

/*
 * where is "syslog", "journal" or an absolute path (created 0600, appended).
 * A missing socket is no error: such lines are counted as lost. Returns NULL
 * with errno where a file can't be opened.
 */
struct record *record_open(const char *where,
    const struct session *session) must_check;
void record_close(struct record *record);

/* How lines are written from now on; before the first one. */
void record_write_as(struct record *record, enum audit_format format);

/*
 * From now on lines that can't be written are kept, within bounds, and tried
 * again: a receiver that is restarted is connected to anew, a file that is
 * rotated is followed. Forks a small helper, so it comes before the jail.
 */
void record_keep(struct record *record);

/*
 * Tries again what is kept. Returns false where lines still wait, or were
 * lost since the last call: with audit-loss=refuse nothing may be changed.
 */
bool record_is_well(struct record *record) must_check;

/* The descriptor that lines go to, or -1: the jail must keep it. */
int record_fd(const struct record *record);

/* Lines that are lost so far. */
uint64_t record_lost(const struct record *record);

/*
 * A session that has written 50,000 lines in a burst waits in record_end, so
 * that it writes 2,000 a second at most; none is lost by that.
 *
 * A line: begin (event is a constant word; time, session and user are put in
 * front), any number of fields, end (which writes it). Keys are constants.
 */
void record_begin(struct record_line *line, struct record *record,
    const char *event);
/* The same, of what was at another time (CLOCK_REALTIME's). */
void record_begin_at(struct record_line *line, struct record *record,
    const char *event, const struct timespec *when);
void record_word(struct record_line *line, const char *key, const char *word);
void record_number(struct record_line *line, const char *key, uint64_t number);
void record_bytes(struct record_line *line, const char *key, const void *bytes,
    size_t len);
void record_end(struct record_line *line);

/*
 * As record_end, but sends the line together with the next one. The caller ends
 * that one before it reads anything from the client.
 */
void record_end_with_next(struct record_line *line);

/*
 * From now on lines wait and are handed over some at once, which costs a
 * fraction. Whoever calls this calls record_flush before a client can hear of
 * what the lines tell, and before it waits; record_close does it too.
 */
void record_gather(struct record *record);
void record_flush(struct record *record);

#endif
