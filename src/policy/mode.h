/*
 * What may happen to files, the same on every protocol: a table of acts and
 * modes (filesonly(1), "MODES").
 */
#ifndef FILESONLY_POLICY_MODE_H
#define FILESONLY_POLICY_MODE_H

#include <stdbool.h>

enum mode {
	MODE_READ_WRITE,
	MODE_READ_ONLY,
	MODE_WRITE_ONLY,  /* a drop box */
	MODE_CREATE_ONLY, /* what exists can't be changed or removed */
	MODE_COUNT
};

/* Acts on files; a request may need several at once, hence bits. */
enum act {
	ACT_READ = 1 << 0,        /* read content, hash it, copy from it */
	ACT_LIST = 1 << 1,        /* list a directory, readlink */
	ACT_STAT = 1 << 2,        /* stat, realpath, statvfs */
	ACT_CREATE = 1 << 3,      /* create a file or directory */
	ACT_WRITE = 1 << 4,       /* write, truncate, append to what exists */
	ACT_RENAME = 1 << 5,      /* rename onto a free name */
	ACT_RENAME_OVER = 1 << 6, /* rename over an existing name */
	ACT_REMOVE = 1 << 7,      /* remove, rmdir */
	ACT_META = 1 << 8,        /* mode, times, extended attributes */
	ACT_OWNER = 1 << 9,       /* owner, group */
	ACT_LINK = 1 << 10,       /* make a hard link to what exists */
	ACT_SYMLINK = 1 << 11,    /* make a symlink */
};

enum answer {
	ANSWER_NO,
	ANSWER_YES,
	ANSWER_OWN, /* only on what this session created */
};

/* The answer of the table for exactly one act. */
enum answer mode_answer(enum mode mode, enum act act);

/* The strictest answer among all acts of the set (0: yes). */
enum answer mode_answer_all(enum mode mode, unsigned acts);

/* Returns true where narrow allows no act that wide does not. */
bool mode_within(enum mode narrow, enum mode wide);

/* "read-write" ...; the configuration's words. */
const char *mode_name(enum mode mode);

/* The name of one act, for messages, manual and tests; "?": there is none. */
const char *mode_act_name(enum act act);

/* Prints the table, for a person (--help=modes) and the manual's test. */
struct buf;
void mode_print(struct buf *out);

#endif
