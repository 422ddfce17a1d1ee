/*
 * Paths of a client, mapped to names that rsync is given: relative to its
 * working directory, which is the root. Lexical and pure; the
 * kernel says later where the names lead (root/inside.h).
 */
#ifndef FILESONLY_SUBSYS_RSYNC_LEXICAL_H
#define FILESONLY_SUBSYS_RSYNC_LEXICAL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"

/* How a mapping ended. */
enum lexical_answer {
	LEXICAL_OK,
	LEXICAL_OUTSIDE,  /* ".." leads above the root */
	LEXICAL_TOO_LONG, /* PATH_MAX bytes or more */
	LEXICAL_USER,     /* ~user: another account's home */
	LEXICAL_NUL,      /* a NUL byte */
	LEXICAL_MOUNTED,  /* another file system: not told by the text */
};

/*
 * One transfer argument: leading slashes are the root, "" and "/" are ".".
 * Without ".." the rest stays byte for byte, "/./" and a trailing slash too
 * (rsync's -R and its meaning of "dir/" hang on them); with ".." it is
 * collapsed.
 */
enum lexical_answer lexical_map(const char *raw, size_t len,
    char out[PATH_MAX]) must_check;

/*
 * Strips the root's own path where raw begins with it as whole names. Returns
 * what is left, which begins with "/", and sets *len; raw itself where it
 * does not, or where absolute is NULL or "/".
 */
const char *lexical_strip(const char *raw, size_t *len, const char *absolute);

/*
 * The value of an option that is relative to the destination: depth is how
 * many names the destination's path has below the root. Returns LEXICAL_OK
 * where the path stays inside; *up (unless NULL) is how many ".." it begins
 * with after collapsing, 0 for an absolute one.
 */
enum lexical_answer lexical_beside(const char *raw, size_t len, size_t depth,
    char out[PATH_MAX], size_t *up) must_check;

/* How many names a mapped path has: 0 for ".", 2 for "a/./b/". */
size_t lexical_depth(const char *path);

/* For the customer: why a path was refused, a constant. */
const char *lexical_reason(enum lexical_answer answer);

#endif
