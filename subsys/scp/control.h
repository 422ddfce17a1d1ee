/* The lines with which scp's source announces what follows. Pure. */
#ifndef FILESONLY_SUBSYS_SCP_CONTROL_H
#define FILESONLY_SUBSYS_SCP_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "base/auto.h"

/* A line's first byte. */
enum control_kind {
	CONTROL_FILE = 'C',
	CONTROL_DIRECTORY = 'D',
	CONTROL_END = 'E', /* of a directory */
	CONTROL_TIMES = 'T',
	CONTROL_ERROR = '\1', /* the source could not send something */
	CONTROL_FATAL = '\2', /* ... or anything any more */
};

enum { CONTROL_MAX = 2047 }; /* bytes of a line with its newline */

struct control {
	enum control_kind kind;
	mode_t mode;              /* 07777, of a file or directory */
	off_t size;               /* of a file */
	const char *name;         /* of a file or directory: name_len bytes */
	size_t name_len;          /* ... in the line that was parsed */
	bool has_times;           /* they can be told to the kernel */
	struct timespec times[2]; /* as utimensat(2) takes them */
};

/*
 * Parses len bytes of a line, without its newline. Returns NULL, or what is
 * wrong with it: the other end does not keep to the protocol.
 */
const char *control_parse(const char *line, size_t len,
    struct control *control) must_check;

/*
 * Returns NULL where a name may be made, or a sentence: it is empty, "." or
 * "..", or holds a slash or a control byte.
 */
const char *control_name_fault(const char *name, size_t len) must_check;

#endif
