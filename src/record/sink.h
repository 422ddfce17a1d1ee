/*
 * Where the record goes: syslog's socket, or filesonlyd's in its place, the
 * journal's, or a file. Takes
 * whole lines; what can't be handed over is counted or, once the sink was
 * told to keep, kept within bounds and tried again: a small helper from
 * before the jail connects anew to a receiver that was restarted, and opens
 * the file that has the log's name once it was rotated.
 */
#ifndef FILESONLY_RECORD_SINK_H
#define FILESONLY_RECORD_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

enum sink_kind {
	LOGSINK_SYSLOG,
	LOGSINK_JOURNAL,
	LOGSINK_FILE,
	LOGSINK_SERVER, /* filesonlyd's socket, which can't be had anew */
};

struct sink {
	enum sink_kind kind;
	const char *path; /* of a file; borrowed */
	int fd;           /* -1: no receiver */
	bool torn;        /* a file's last line lacks its end */
	uint64_t lost;    /* lines that are gone */
	int helper;       /* its socket, or -1 */
	bool keeps;
	unsigned char *kept; /* lines that wait: a size_t each, and bytes */
	size_t kept_len;
	uint64_t kept_lines;
	uint64_t next_try; /* when the helper may be asked again, in ms */
};

/*
 * where is "syslog", "journal" or an absolute path (created 0600, appended);
 * it stays the caller's. server is who stands in for syslog, or -1; the sink
 * takes it then. A missing socket is no error. Returns 0, or -1 with errno;
 * sink_close ends it in any case, and waits up to two seconds for kept
 * lines to go.
 */
int sink_open(struct sink *sink, const char *where, int server) must_check;
void sink_close(struct sink *sink);

/*
 * From now on lines are kept, and a file that is rotated is followed within a
 * fifth of a second. Forks the helper: to be called before the jail.
 */
void sink_keep(struct sink *sink);

/* count lines, one after the other; ends says where each ends. */
void sink_write(struct sink *sink, const unsigned char *lines,
    const size_t *ends, unsigned count);

/* Tries what is kept again. Returns true where nothing waits any more. */
bool sink_is_well(struct sink *sink);

#endif
