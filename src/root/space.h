/*
 * How much may still be written in the root: what its file system has, and the
 * quotas of the account on it, whichever is less.
 */
#ifndef FILESONLY_ROOT_SPACE_H
#define FILESONLY_ROOT_SPACE_H

#include <stdint.h>
#include <sys/vfs.h>

#include "base/auto.h"
#include "root/quota.h"
#include "root/root.h"

/*
 * statfs(2) of what a path names, or fstatfs(2) of what was opened in the
 * root, with the quotas of the account taken into it.
 */
int space_of_path(struct root *root, const struct relpath *path,
    struct statfs *fs) must_check;
int space_of_open(const struct root *root, int fd,
    struct statfs *fs) must_check;

/*
 * The quotas of the account that hold for a new file in, or beside, what fd
 * stands for. Returns false where there are none (quota_ask).
 */
bool space_quota(const struct root *root, int fd,
    struct quota *quota) must_check;

/* The bytes of one of its blocks; never 0. */
uint64_t space_unit(const struct statfs *fs);

/* No more than these bytes are available; UINT64_MAX: any. */
void space_limit(struct statfs *fs, uint64_t bytes);

/*
 * Is there room for the content of a new file at path? Returns 0 (also where
 * that can't be found out: then the write tells), or -1 with errno ENOSPC or
 * EDQUOT. The answer that there is holds for a second, and so costs nothing
 * where many files are made.
 */
int space_for_new(struct root *root, const struct relpath *path) must_check;

/* The customer's words for ENOSPC and EDQUOT; NULL for other errors. */
const char *space_words(int error);

#endif
