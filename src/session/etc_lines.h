/*
 * Lines of the system's small files (passwd(5), group(5)), and what
 * nsswitch.conf(5) says of them.
 */
#ifndef FILESONLY_SESSION_ETC_LINES_H
#define FILESONLY_SESSION_ETC_LINES_H

#include <stdbool.h>

#include "base/auto.h"

enum { ETC_LINE_BYTES = 8192 };

/* Lines of a file, one after another in one room. */
struct lines {
	int fd;     /* owned; -1: there is no file */
	bool ended; /* the file has no more */
	char *from; /* what was read and not yet given */
	char *to;
	char room[ETC_LINE_BYTES];
};

enum line { LINE_READ, LINE_END, LINE_ODD };

/* Where the system looks for an entry. */
enum source {
	SOURCE_OTHER, /* first, or maybe, in something else than the file */
	SOURCE_FIRST, /* in the file; then in others, if it has none */
	SOURCE_ONLY,  /* in the file */
};

/*
 * Returns false where there is a file that can't be read; none is empty. The
 * caller closes lines->fd.
 */
bool etc_lines_open(struct lines *lines, const char *path) must_check;

/*
 * The next line, as C string and without blanks in front. A line with a NUL,
 * one that does not fit and an error are odd. Valid until the next call.
 */
enum line etc_lines_next(struct lines *lines, char **line) must_check;

/* What nsswitch.conf at path says of "passwd" or "group". */
enum source etc_lines_source(const char *path, const char *database) must_check;

#endif
