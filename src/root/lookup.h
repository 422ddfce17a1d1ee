/* Lookups, as the other parts of the root use them; not for subsystems. */
#ifndef FILESONLY_ROOT_LOOKUP_H
#define FILESONLY_ROOT_LOOKUP_H

#include <limits.h>
#include <sys/types.h>

#include "base/auto.h"

struct relpath;
struct root;

/*
 * openat2 from the root's directory, again where the failure may pass: EAGAIN
 * for at most a second. Returns as openat2(2).
 */
struct open_how;
int root_try_open(const struct root *root, const char *path,
    const struct open_how *how) must_check;

/* root_walk below, but for the names that are barred. */
int root_walk_unbarred(const struct root *root, const char *path, int flags,
    mode_t mode) must_check;

/* readlinkat(2) with a NUL behind; ENAMETOOLONG where it may be cut. */
ssize_t root_read_link_text(int fd, const char *name,
    char out[PATH_MAX]) must_check;

/*
 * openat2 within the root, with O_CLOEXEC added; mode counts with O_CREAT
 * only. EAGAIN is retried for at most a second. Returns a descriptor that the
 * caller owns, or -1 with errno.
 */
int root_walk(struct root *root, const char *path, int flags,
    mode_t mode) must_check;

/*
 * Opens (O_PATH) a directory beneath the root: no link and no ".." may leave
 * it, not even to come back. Returns as root_walk.
 */
int root_walk_beneath(struct root *root, const char *path) must_check;

/* The purpose of a lookup: barred names are refused with different errors. */
enum name_use { NAME_OLD, NAME_NEW };

/*
 * Opens (O_PATH) the directory in which path's last component stands and
 * copies that component to name. Returns as root_walk; EBUSY for the root
 * itself, EINVAL for "." and "..".
 */
int root_walk_parent(struct root *root, const struct relpath *path,
    enum name_use use, char name[NAME_MAX + 1]) must_check;

/* Opens the file of our own descriptor number once more, with these flags. */
int root_walk_proc(const struct root *root, const char *number,
    int flags) must_check;

/* One component in a directory that was opened in the root; as root_walk. */
int root_walk_in(int directory, const char *name, int flags,
    mode_t mode) must_check;

#endif
