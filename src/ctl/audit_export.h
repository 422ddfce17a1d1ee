/*
 * Entries of the record in what "journalctl --output=export" prints (systemd's
 * journal export format): only those count whose _EXE is the gate's. That and
 * _UID are what journald itself fills in. (Of a program that was replaced by an
 * upgrade it leaves out the " (deleted)" which /proc has; others may not.)
 */
#ifndef FILESONLY_CTL_AUDIT_EXPORT_H
#define FILESONLY_CTL_AUDIT_EXPORT_H

#include <limits.h>
#include <stdio.h>

#include "base/auto.h"
#include "ctl/audit_entry.h"

enum export_fed {
	EXPORT_GOES_ON, /* the entry has more lines */
	EXPORT_ENTRY,   /* entry is one, until the next line is fed */
	EXPORT_BROKEN,  /* this is no export any more */
};

struct audit_export {
	struct audit_entry entry;
	char *kept[AUDIT_FIELDS_MAX]; /* its fields, owned */
	size_t kept_count;
	char cursor[256]; /* the entry's place in the journal */
	char uid[16];     /* whose process wrote it */
	bool vouched;     /* the entry is the gate's */
	bool over;        /* the next line begins another one */
	char gate[PATH_MAX];
};

void audit_export_begin(struct audit_export *export);
void audit_export_end(struct audit_export *export);

/* Takes one line, which is changed; a field of bytes is read from stream. */
enum export_fed audit_export_feed(struct audit_export *export, char *line,
    FILE *stream) must_check;

/* The same at the end of the stream, behind which no line can stand. */
enum export_fed audit_export_last(struct audit_export *export) must_check;

#endif
