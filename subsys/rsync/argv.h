/*
 * The one place where an argv for rsync is built: from constants, table rows,
 * checked values and mapped paths, behind one bound. A client's string is
 * never edited and passed on.
 */
#ifndef FILESONLY_SUBSYS_RSYNC_ARGV_H
#define FILESONLY_SUBSYS_RSYNC_ARGV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/names.h"
#include "subsys/rsync/args.h"

enum { ARGV_MAX_WORD = 8192 };

struct argv {
	char **at;    /* ended by NULL; strings owned */
	size_t count; /* without the NULL */
	size_t room;
	size_t letters;  /* of the bundle that is the last word; 0: none */
	bool full;       /* something did not fit: the argv must not be used */
	char *dest;      /* owned: a receiver's destination, from the root */
	char *place;     /* owned: the root's path as rsync sees it, or "" */
	const char *log; /* borrowed: its name, or NULL; set by the caller */
	const char *log_format;
	bool warns; /* rsync's log tells each file whose checksum is wrong */
};

/* What the gate adds to the client's options. */
struct argv_frame {
	const char *place; /* the root's path as rsync sees it */
	bool confine;      /* --confine-root: an rsync that knows it */
	bool drop_devices; /* --drop-D: likewise, of a receiver */
	bool sync;         /* --fsync: likewise */
	const char *chmod; /* what a receiver makes of modes, or NULL */
	bool perms;        /* whether or not its client sends modes */
	unsigned idle;     /* seconds without a byte; 0: any */
	uint64_t speed;    /* bytes a second that a sender sends; 0: any */
	bool warn;         /* a receiver must tell what fails: verification.h */
};

/* The value of an option that is a path, mapped for rsync. */
struct argv_value {
	const char *text; /* mapped */
	bool from_place;  /* "/" and the text stand behind the place */
};

/*
 * Builds the whole argv: program name, --server, direction, the items that
 * are not dropped, what the rules force, "--", ".", the names. values has one
 * entry an item (only those of path kinds are looked at). argv starts as {0}
 * (but for log) and goes to argv_free; check argv->full.
 */
void argv_build(struct argv *argv, const struct rsync_args *args,
    const struct argv_frame *frame, const struct argv_value *values,
    const struct names *names);

void argv_free(struct argv *argv);

/* Is this kind of value a path, which is mapped? */
bool argv_is_path(enum rsync_value kind);

#endif
