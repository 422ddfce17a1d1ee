/*
 * Names that are changed where only what is our own may change
 * (root/own.h): for SFTP by own_changes.c, for a program in create-only by the
 * broker.
 *
 * A name may be given to another object between a look at it and a change.
 * So the object is pinned and judged first; then the change is made in a way
 * that can be taken back, is looked at again, and is taken back where it hit
 * another object than the one that was judged and that one is not own.
 *
 * As the system calls, of names of one component in directories that were
 * opened in the root; EPERM: not own.
 */
#ifndef FILESONLY_ROOT_OWN_NAMES_H
#define FILESONLY_ROOT_OWN_NAMES_H

#include <sys/types.h>

#include "base/auto.h"
#include "root/own.h"

/* A file, a symlink or the like; or an empty directory. */
int own_unlink_at(struct own *own, int directory, const char *name) must_check;
int own_rmdir_at(struct own *own, int directory, const char *name) must_check;

/* Onto a free name (EEXIST), the source own. */
int own_rename_at(struct own *own, int from, const char *from_name, int to,
    const char *to_name) must_check;

/* Onto a free or an existing name: both own. */
int own_replace_at(struct own *own, int from, const char *from_name, int to,
    const char *to_name) must_check;

/* Both own; EINVAL where the file system can't exchange names. */
int own_swap_at(struct own *own, int from, const char *from_name, int to,
    const char *to_name) must_check;

/*
 * Gives what has the private name in this directory the name instead, in the
 * place of what is there and own. On failure the private name is as before, or
 * nobody's: never that of an object which was not own.
 * Where the file system can't exchange names, the name is free for a moment.
 */
int own_exchange_at(struct own *own, int directory, const char *private,
    const char *name) must_check;

#endif
