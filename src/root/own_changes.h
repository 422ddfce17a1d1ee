/*
 * Changes in the root that hold only for what is our own (root/own.h).
 *
 * A name may be given to another object between a look at it and a change.
 * So the object is pinned and judged first; then the change is made in a way
 * that can be taken back, is looked at again, and is taken back where it hit
 * another object than the one that was judged and that one is not own.
 *
 * As the functions of root/root.h; EPERM: not own. What is created is own.
 * Those that end in _at take names of one component in directories that were
 * opened in the root, for the broker.
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

/*
 * What has this name was created just now by our mkdirat or symlinkat (kind:
 * S_IFDIR, S_IFLNK), which tell no descriptor: it is own.
 */
void own_add_made_at(struct own *own, int directory, const char *name,
    mode_t kind);

/* A file, a symlink or the like; or an empty directory. */
int root_own_unlink(struct root *root, const struct relpath *path,
    struct own *own) must_check;
int root_own_rmdir(struct root *root, const struct relpath *path,
    struct own *own) must_check;
int own_unlink_at(struct own *own, int directory, const char *name) must_check;
int own_rmdir_at(struct own *own, int directory, const char *name) must_check;

/* Onto a free name (EEXIST), the source own. */
int root_own_rename(struct root *root, const struct relpath *from,
    const struct relpath *to, struct own *own) must_check;
int own_rename_at(struct own *own, int from, const char *from_name, int to,
    const char *to_name) must_check;

/* Onto a free or an existing name: both own. */
int root_own_replace(struct root *root, const struct relpath *from,
    const struct relpath *to, struct own *own) must_check;
int own_replace_at(struct own *own, int from, const char *from_name, int to,
    const char *to_name) must_check;

/*
 * Gives what has the private name in this directory the name instead, in the
 * place of what is there and own. On failure the private name is as before.
 * Where the file system can't exchange names, the name is free for a moment.
 */
int own_exchange_at(struct own *own, int directory, const char *private,
    const char *name) must_check;

#endif
