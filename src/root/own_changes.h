/*
 * Changes in the root that hold only for what is our own (root/own.h): as the
 * functions of root/root.h; EPERM: not own. What is created is own.
 */
#ifndef FILESONLY_ROOT_OWN_CHANGES_H
#define FILESONLY_ROOT_OWN_CHANGES_H

#include "root/own.h"
#include "root/root.h"

/*
 * Creates, or opens what exists if it is own: judged before it is opened for
 * writing, and truncated after that.
 */
int root_own_open(struct root *root, const struct relpath *path, int flags,
    mode_t mode, struct own *own) must_check;

int root_own_mkdir(struct root *root, const struct relpath *path, mode_t mode,
    struct own *own) must_check;
int root_own_symlink(struct root *root, const char *text,
    const struct relpath *path, struct own *own) must_check;

/* Anything may be linked, but not over the border of free directories. */
int root_own_link(struct root *root, const struct relpath *from,
    const struct relpath *to, struct own *own) must_check;

/* A file, a symlink or the like; or an empty directory. */
int root_own_unlink(struct root *root, const struct relpath *path,
    struct own *own) must_check;
int root_own_rmdir(struct root *root, const struct relpath *path,
    struct own *own) must_check;

/* Onto a free name (EEXIST), the source own. */
int root_own_rename(struct root *root, const struct relpath *from,
    const struct relpath *to, struct own *own) must_check;

/* Onto a free or an existing name: both own. */
int root_own_replace(struct root *root, const struct relpath *from,
    const struct relpath *to, struct own *own) must_check;

#endif
