/*
 * The record, read back (filesonly-audit(5)): from files of lines, logfmt or
 * JSON, with or without what a syslog server puts in front; and from the
 * journal's export, of which only entries count whose _EXE is the gate's.
 */
#ifndef FILESONLY_CTL_AUDIT_LOG_H
#define FILESONLY_CTL_AUDIT_LOG_H

#include "base/auto.h"
#include "ctl/audit_entry.h"

/* The entry is borrowed until the visitor returns. */
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

#endif
