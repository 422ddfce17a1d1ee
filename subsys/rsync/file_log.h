/*
 * rsync's own log, turned into lines of the record: each file that was
 * received, sent, made or removed. A message of rsync's begins where one of its
 * writes does, and counts if it begins as our format does; its name stands
 * last and goes to the message's end. So no name can look like a message. That
 * rsync itself tells the truth is taken on trust (src=rsync).
 */
#ifndef FILESONLY_SUBSYS_RSYNC_FILE_LOG_H
#define FILESONLY_SUBSYS_RSYNC_FILE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/auto.h"
#include "subsys/job.h"
#include "subsys/rsync/log_message.h"

enum { FILE_LOG_WORD = 32 }; /* hex digits of the random word */

struct file_log {
	struct job *job;
	bool started;      /* the start line is written */
	bool sender;       /* our rsync sends */
	bool removes;      /* ... and removes what was taken */
	bool delays;       /* names come when all files are there */
	bool backs_up;     /* what is replaced is kept: what has the backup's
			    * name is removed, trees as a whole */
	const char *dest;  /* from the root, borrowed: a receiver's */
	const char *place; /* the root's path in argv ("": it is the top),
			    * borrowed; NULL: none is in there */
	bool dest_known;   /* it was looked at: */
	bool dest_is_file; /* the one file that comes has this name */
	char word[FILE_LOG_WORD + 1];
	char name[FILE_LOG_WORD + 16];   /* for --log-file */
	char format[FILE_LOG_WORD + 32]; /* for --log-file-format */
	uint64_t differed;   /* files whose contents don't match their name */
	bool begun;          /* rsync has written something */
	bool unsound;        /* its messages can't be told apart: it must end */
	uint64_t first;      /* the process that wrote first */
	const char *differs; /* result of a file that fails verification */
	bool warns;          /* each that does is told, see verification.h */
	bool proves;         /* only what is whole gets its name, at once */
	/* By the clock of local file systems: when all began, when the last
	 * file came, and the one before it. */
	struct timespec started_at, last, before;
	bool holds; /* the last one's line is held back: */
	struct log_entry held;
	struct timespec came; /* ... its time */
	bool seen; /* ... it was seen there, and nothing was logged since */
	struct log_message message; /* that has begun */
};

/* Returns 0, or -1 with errno where there is no randomness. */
int file_log_init(struct file_log *record, struct job *job,
    bool sender) must_check;

/* As program_logged: one write of rsync's. context is a struct file_log. */
bool file_log_take(void *context, const char *bytes, size_t len);

/*
 * As program_settles: is a line still held that may get known by looking? The
 * next file can take hours.
 */
bool file_log_settle(void *context);

/*
 * rsync has ended: writes what is held. in_order: by itself, with all that it
 * had to say.
 */
void file_log_end(struct file_log *record, bool in_order);

#endif
