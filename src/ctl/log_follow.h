/*
 * The lines of a log that grows, is rotated (by a new name or by a copy) or
 * both, from a place that outlives us. A place is an offset and a digest of
 * what stands before it: that is found again in whatever file it is by then.
 * At a file's beginning it is the file's inode number. A log that is emptied
 * before anything of it was read can't be told from one that was empty.
 */
#ifndef FILESONLY_CTL_LOG_FOLLOW_H
#define FILESONLY_CTL_LOG_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"

enum { LOG_PLACE_BYTES = 64 };

struct log_follow {
	const char *path; /* borrowed */
	int fd;           /* owned */
	off_t at;         /* of the next line, in the file */
	char *room;       /* owned: what was read of it and behind it */
	size_t from, len, size;
	bool waits;     /* for what is written yet; set by the caller */
	bool is_old;    /* the file is a rotated one: another one follows it */
	off_t known_at; /* a place that it had when it was read last, ... */
	uint64_t known; /* ... and what stood before it */
	uint64_t rotated; /* since when another one has its name; ms, 0: none */
	bool lost;        /* the place was in no file: lines may be missing */
};

/*
 * Opens the log at a place that log_follow_place gave; NULL or "": at its
 * beginning. Returns 0, or -1 with errno;
 * log_follow_close in any case.
 */
int log_follow_open(struct log_follow *log, const char *path,
    const char *place) must_check;
void log_follow_close(struct log_follow *log);

enum log_followed {
	LOG_LINE,   /* *line is one, without its end, until the next call */
	LOG_NEXT,   /* the log was rotated: ask again */
	LOG_END,    /* there is none yet */
	LOG_FAILED, /* errno says why */
};

enum log_followed log_follow_line(struct log_follow *log,
    char **line) must_check;

/* Where the next line begins. */
void log_follow_place(const struct log_follow *log,
    char place[LOG_PLACE_BYTES]);

#endif
