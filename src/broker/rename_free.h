/*
 * A rename that never replaces anything, on any file system.
 */
#ifndef FILESONLY_BROKER_RENAME_FREE_H
#define FILESONLY_BROKER_RENAME_FREE_H

#include "base/auto.h"

/*
 * As renameat2 with RENAME_NOREPLACE, of one component each in pinned
 * directories. Where the file system doesn't know that flag, a second name is
 * made and the first one removed, and where it has no hard links, the new name
 * is taken by an empty file or directory, over which is then renamed. Returns
 * 0, or -1 with errno (EEXIST: the name is not free).
 */
int rename_free(int from_dir, const char *from, int to_dir,
    const char *to) must_check;

#endif
