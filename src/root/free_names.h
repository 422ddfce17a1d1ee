/*
 * Changes of names of which one at least lies below a free directory
 * (free_dirs.h), for own_names.c. Among free names the calls are those of
 * read-write. Over the border goes no directory, and no name is exchanged or
 * linked. A file gets
 *
 * - in only if it is own, and
 * - out only where nobody has it open for writing, or could open it so
 *   meanwhile: a lease says so. Else whoever has it could change it later. Nor
 *   while somebody holds it (free_dirs_hold): a lock says so;
 *
 * both onto a name that is not taken, by a link to the very file that was
 * looked at.
 *
 * As the system calls; EPERM, or EBUSY where the file is open for writing, or
 * held.
 */
#ifndef FILESONLY_ROOT_FREE_NAMES_H
#define FILESONLY_ROOT_FREE_NAMES_H

#include <stdbool.h>

#include "base/auto.h"

struct own;

/* Where two names lie. */
enum free_sides {
	SIDES_OUTSIDE, /* neither below a free directory */
	SIDES_FREE,    /* both */
	SIDES_ENTERS,  /* the second only */
	SIDES_LEAVES,  /* the first only */
};

enum free_sides free_names_sides(const struct own *own, int from,
    const char *from_name, int to, const char *to_name);

/* A free name; flags are unlinkat(2)'s. */
int free_names_remove(struct own *own, int directory, const char *name,
    int flags) must_check;

/* SIDES_FREE or SIDES_LEAVES. Without replaces the name must not be taken. */
int free_names_rename(struct own *own, enum free_sides sides, int from,
    const char *from_name, int to, const char *to_name,
    bool replaces) must_check;

/* SIDES_FREE: the very file that is there now, if it has not left meanwhile. */
int free_names_link(struct own *own, int from, const char *from_name, int to,
    const char *to_name) must_check;

int free_names_swap(struct own *own, enum free_sides sides, int from,
    const char *from_name, int to, const char *to_name) must_check;

#endif
