/* Lookups, as the other parts of the root use them; not for subsystems. */
#ifndef FILESONLY_CORE_ROOT_ROOTWALK_H
#define FILESONLY_CORE_ROOT_ROOTWALK_H

#include <limits.h>
#include <sys/types.h>

#include "base/auto.h"

struct relpath;
struct root;

/*
 * openat2 within the root, with O_CLOEXEC added; mode counts with O_CREAT
 * only. EAGAIN is retried for at most a second. Returns a descriptor that the
 * caller owns, or -1 with errno.
 */
int root_walk(struct root *root, const char *path, int flags,
    mode_t mode) must_check;

/* What a name is looked up for: bars answer differently. */
enum name_use { NAME_OLD, NAME_NEW };

/*
 * Opens (O_PATH) the directory in which path's last component stands and
 * copies that component to name. Returns as root_walk; EBUSY for the root
 * itself, EINVAL for "." and "..".
 */
int root_walk_parent(struct root *root, const struct relpath *path,
    enum name_use use, char name[NAME_MAX + 1]) must_check;

/* What our own descriptor number names, once more, with these flags. */
int root_walk_proc(const struct root *root, const char *number,
    int flags) must_check;

/* One component in a directory that was opened in the root; as root_walk. */
int root_walk_in(int directory, const char *name, int flags,
    mode_t mode) must_check;

#endif
