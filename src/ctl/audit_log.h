/*
 * The record, read back (filesonly-audit(5)): from files of lines, logfmt or
 * JSON, with or without what a syslog server puts in front; and from the
 * journal's export, of which only entries count whose _EXE is the gate's.
 */
#ifndef FILESONLY_CTL_AUDIT_LOG_H
#define FILESONLY_CTL_AUDIT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

enum { AUDIT_FIELDS_MAX = 64 };

struct audit_field {
	const char *key;   /* as in the manual: "key-claim" */
	const char *value; /* its bytes, decoded; cut at a NUL */
};

/* One event. All is borrowed, until the visitor returns. */
struct audit_entry {
	struct audit_field fields[AUDIT_FIELDS_MAX];
	size_t count;
	int64_t time; /* seconds since 1970 */
	const char *event, *session, *user;
};

typedef void audit_visit(void *context, const struct audit_entry *entry);

/*
 * Calls visit for each entry of a log, in its order; "-" is standard input.
 * Lines that are no entries are passed over. Returns 0, or -1 with errno.
 */
int audit_log_read(const char *path, audit_visit *visit,
    void *context) must_check;

/*
 * The same for the log of this machine: the journal, where it has one, else
 * the files in which syslog servers keep authpriv. *path is what was read.
 */
int audit_log_read_system(audit_visit *visit, void *context,
    const char **path) must_check;

/* Returns a field's value, or NULL. */
const char *audit_value(const struct audit_entry *entry, const char *key);

/* A number's; 0 where there is none. */
uint64_t audit_number(const struct audit_entry *entry, const char *key);

#endif
