/*
 * Where would a program that runs in the root's directory, and knows nothing
 * of openat2, be led by a path? Landlock holds what such a program may open,
 * not what it may look at: a path that leads out is refused before it runs.
 *
 * An absolute symlink is followed to where it leads on this machine, as the
 * program would: one whose text begins with the root's own path leads back in.
 */
#ifndef FILESONLY_ROOT_INSIDE_H
#define FILESONLY_ROOT_INSIDE_H

#include <stdbool.h>

#include "root/root.h"

/*
 * Returns true where path, walked as any system call walks it from the root's
 * directory, stays inside, or ends at a name that is not there: before it
 * leaves, or below a directory inside. Where a dangling symlink would lead is
 * not known: that is outside.
 */
bool inside_root(const struct root *root, const struct relpath *path,
    enum follow follow) must_check;

/* What a path leads to, symlinks followed. */
struct inside_place {
	char real[PATH_MAX]; /* from the root, without symlinks and "..", "."
			      * for the root itself; what is not there yet
			      * stands behind it as it was written */
	bool is_there;
	bool is_directory;
};

/*
 * Fills place for a path that inside_root lets pass. Returns 0, or -1 with
 * errno: EXDEV where it leads out after all, ENAMETOOLONG. Needs /proc.
 */
int inside_find(const struct root *root, const struct relpath *path,
    struct inside_place *place) must_check;

#endif
