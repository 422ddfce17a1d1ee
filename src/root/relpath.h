/*
 * A path that was parsed: the only thing the root takes. It is relative to
 * the root's directory, never empty ("." is the root), holds no NUL, and is
 * shorter than PATH_MAX. It may hold ".." and name symlinks: what it means is
 * the kernel's to say, at the root (openat2, RESOLVE_IN_ROOT).
 */
#ifndef FILESONLY_ROOT_RELPATH_H
#define FILESONLY_ROOT_RELPATH_H

#include <limits.h>
#include <stddef.h>

#include "base/auto.h"

struct relpath {
	size_t len;           /* without the NUL */
	char bytes[PATH_MAX]; /* a C string */
};

/*
 * Parses len bytes of a client's path. An absolute one starts at the root, a
 * relative one at start (NULL: the root); leading slashes are stripped, the
 * rest stays as it is, a trailing slash too. An empty path is start itself.
 *
 * Returns 0, or -1 with errno: EINVAL for a NUL byte, ENAMETOOLONG where the
 * whole has PATH_MAX bytes or more.
 */
int relpath_parse(struct relpath *path, const char *raw, size_t len,
    const struct relpath *start) must_check;

/*
 * Splits off the last component, which must be a name: trailing slashes are
 * passed over. *parent gets what stands before it ("." where nothing does)
 * and name (NAME_MAX + 1 bytes) the component. Returns 0, or -1 with errno:
 * EBUSY for the root itself, EINVAL for "." and "..", ENAMETOOLONG.
 */
int relpath_split(const struct relpath *path, struct relpath *parent,
    char name[NAME_MAX + 1]) must_check;

#endif
