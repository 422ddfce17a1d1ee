/*
 * One event of the record (filesonly-audit(5)), read back: from a line, logfmt
 * or JSON, with or without what a syslog server puts in front.
 */
#ifndef FILESONLY_CTL_AUDIT_ENTRY_H
#define FILESONLY_CTL_AUDIT_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

enum { AUDIT_FIELDS_MAX = 64 };

struct audit_field {
	const char *key;   /* as in the manual: "key-claim" */
	const char *value; /* its bytes, decoded; cut at a NUL */
};

/* One event. All is borrowed. */
struct audit_entry {
	struct audit_field fields[AUDIT_FIELDS_MAX];
	size_t count;
	int64_t time; /* seconds since 1970 */
	const char *event, *session, *user;
	const char *cursor; /* the journal's, or NULL */
	const char *uid;    /* whose process wrote it, as the journal says; ""
			     * elsewhere */
};

/*
 * Decodes a line in place; its fields are the entry's. Returns false where it
 * is no entry of ours.
 */
bool audit_line_read(char *line, struct audit_entry *entry) must_check;

/* Appends a field, both texts borrowed; false where there is no room. */
bool audit_entry_add(struct audit_entry *entry, const char *key,
    const char *value) must_check;

/* Fills what stands in the fields and each entry must have, or returns false.
 */
bool audit_entry_is_whole(struct audit_entry *entry) must_check;

/* Returns a field's value, or NULL. */
const char *audit_value(const struct audit_entry *entry, const char *key);

/* A number's; 0 where there is none. */
uint64_t audit_number(const struct audit_entry *entry, const char *key);

#endif
