/*
 * Names of users and groups, and dates, for listings. The files are opened
 * before the jail and read only when a listing first asks; what is in neither
 * is asked of the machine's other name services, where it has any, and shown as
 * its number where they don't know it.
 */
#ifndef FILESONLY_SUBSYS_OWNERS_H
#define FILESONLY_SUBSYS_OWNERS_H

#include <stddef.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "policy/policy.h"
#include "session/name_service.h"

struct session;

enum name_kind {
	NAME_USER = ACCOUNT_USER,
	NAME_GROUP = ACCOUNT_GROUP,
	NAME_KINDS
};

enum { OWNERS_CACHED = 32, NAME_BYTES = 33 };

struct owners {
	int files[NAME_KINDS];       /* /etc/passwd and /etc/group, or -1 */
	struct name_service service; /* who is asked for what is in neither */
	struct {
		unsigned id;
		char name[NAME_BYTES];
	} cached[NAME_KINDS][OWNERS_CACHED];
	size_t count[NAME_KINDS];
	size_t next[NAME_KINDS]; /* which is replaced when all are taken */
	time_t minute;           /* the date below is of this minute */
	time_t half_year;        /* older than this: the year is shown */
	char date[16];
	time_t now;
};

/*
 * Before the jail: opens the files, starts to ask other services, and remembers
 * the account's own names, as far as shown.
 */
void owners_open(struct owners *names, const struct session *session,
    enum listed_names shown);
void owners_close(struct owners *names);

/* The name of an id, or "" where it has none. Valid until the next call. */
const char *owners_find(struct owners *names, enum name_kind kind, unsigned id);

/*
 * Appends a line as `ls -l` prints it: clients show it or parse it. The time
 * is taken once a call of owners_now. owners_details: what stands before the
 * name; size replaces the number of bytes, unless it is NULL.
 */
void owners_details(struct owners *names, const struct stat *st,
    const char *size, struct buf *out);
void owners_longname(struct owners *names, const char *name, size_t len,
    const struct stat *st, struct buf *out);
void owners_now(struct owners *names);

/*
 * What stands before the name of an entry that can't be looked at, as coreutils
 * writes it, in the same columns. kind: S_IFMT's bits, 0 where it is not known.
 */
void owners_no_details(mode_t kind, struct buf *out);

#endif
