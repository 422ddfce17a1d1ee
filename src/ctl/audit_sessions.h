/* Entries of the record gathered into sessions, in the order they began. */
#ifndef FILESONLY_CTL_AUDIT_SESSIONS_H
#define FILESONLY_CTL_AUDIT_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/audit_log.h"

struct audit_session {
	char id[24];
	char *uid;  /* who wrote its first line, ""; owned, as all texts here */
	char *user; /* NULL: not told */
	char *service, *address, *reason;
	char *refused; /* the rule by which its request was refused */
	int64_t began; /* seconds since 1970, of its first line */
	int64_t last;  /* ... and of its last one */
	bool has_end;
	uint64_t status, seconds;
	uint64_t read, written; /* bytes of files */
	uint64_t files_in, files_out;
	uint64_t removed;
	uint64_t failed;      /* acts whose result is not ok */
	int64_t written_last; /* when a file was last written whole; 0: none */
};

/* Starts as {0}; audit_sessions_free ends it. */
struct audit_sessions {
	struct audit_session *at;
	size_t count, room;
	size_t *index; /* by the hash of the id: a number + 1 */
	size_t slots;
};

/*
 * An audit_visit whose context is a struct audit_sessions. A session runs by
 * one uid: what another has written under its id, after its first line, is not
 * its own, and passed over.
 */
void audit_sessions_take(void *context, const struct audit_entry *entry);
void audit_sessions_free(struct audit_sessions *sessions);

/*
 * Reads the logs that are named, or that of the system where there are none.
 * Returns 0, or -1 with the fault told on stderr.
 */
int audit_sessions_read(struct audit_sessions *sessions, char *const *paths,
    int count) must_check;

#endif
