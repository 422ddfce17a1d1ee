/*
 * Where would a program that runs in the root's directory, and knows nothing
 * of openat2, be led by a path? Landlock holds what such a program may open,
 * not what it may look at: a path that leads out is refused before it runs.
 */
#ifndef FILESONLY_ROOT_INSIDE_H
#define FILESONLY_ROOT_INSIDE_H

#include <stdbool.h>

#include "root/root.h"

/*
 * Returns true where path, walked as any system call walks it from the root's
 * directory, stays inside, or ends at a name that is not there before it
 * leaves. Absolute symlinks are followed to where they really lead.
 */
bool inside_root(const struct root *root, const struct relpath *path,
    enum follow follow) must_check;

#endif
