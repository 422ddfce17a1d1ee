/*
 * Follows a path as the kernel would for a login, one name at a time, and asks
 * of each directory on the way whether the client could put something else
 * there: by a rename, a symlink, or by making what is missing.
 */
#ifndef FILESONLY_DECIDE_PATH_WALK_H
#define FILESONLY_DECIDE_PATH_WALK_H

#include "base/auto.h"
#include "base/buf.h"
#include "decide/exposure.h"

enum walk {
	WALK_REACHED, /* neither what is there nor the way can be changed */
	WALK_MISSING, /* nothing is there, and the client can't make it */
	WALK_EXPOSED, /* it can be changed, or that can't be known */
};

/*
 * Walks path, from the directory start where it is relative. WALK_REACHED: *end
 * is what it leads to, O_PATH, the caller's to close; else it is -1.
 * WALK_EXPOSED: why has a clause that says so.
 */
enum walk path_walk(struct exposure *exposure, int start, const char *path,
    int *end, struct buf *why) must_check;

/* The same where *end is not wanted. Returns true for WALK_EXPOSED. */
bool path_is_exposed(struct exposure *exposure, int start, const char *path,
    struct buf *why) must_check;

#endif
