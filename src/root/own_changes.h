/*
 * Changes in the root that hold only for what is our own (root/own.h).
 *
 * A name may be given to another object between a look at it and a change.
 * So the object is pinned and judged first; then the change is made in a way
 * that can be taken back, is looked at again, and is taken back where it hit
 * another object than the one that was judged and that one is not own.
 *
 * As the functions of root/root.h; EPERM: not own.
 */
#ifndef FILESONLY_ROOT_OWN_CHANGES_H
#define FILESONLY_ROOT_OWN_CHANGES_H

#include "root/own.h"
#include "root/root.h"

/* Creates, or opens what exists if it is own: O_TRUNC waits for that. */
int root_own_open(struct root *root, const struct relpath *path, int flags,
    mode_t mode, const struct own *own) must_check;

/* A file, a symlink or the like; or an empty directory. */
int root_own_unlink(struct root *root, const struct relpath *path,
    const struct own *own) must_check;
int root_own_rmdir(struct root *root, const struct relpath *path,
    const struct own *own) must_check;

/* Onto a free name (EEXIST), the source own. */
int root_own_rename(struct root *root, const struct relpath *from,
    const struct relpath *to, const struct own *own) must_check;

/* Onto a free or an existing name: both own. */
int root_own_replace(struct root *root, const struct relpath *from,
    const struct relpath *to, const struct own *own) must_check;

/*
 * Gives what has the private name in this directory the name instead, in the
 * place of what is there and own. On failure the private name is as before.
 */
int root_own_exchange(int directory, const char *private, const char *name,
    const struct own *own) must_check;

#endif
