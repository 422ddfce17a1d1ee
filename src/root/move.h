/*
 * The one place that renames where nothing may be replaced, or two names be
 * exchanged, on every file system: NFS, CephFS and most of FUSE know neither
 * RENAME_NOREPLACE nor RENAME_EXCHANGE, and some have no hard links.
 *
 * Each takes one component in a directory that was opened in the root. What
 * the file system lacks is found out once (abilities.h). Return 0, or -1 with
 * errno as renameat2(2).
 */
#ifndef FILESONLY_ROOT_MOVE_H
#define FILESONLY_ROOT_MOVE_H

#include "base/auto.h"

struct root;

/* renameat2 without flags: replaces what has the other name. */
int move_over(int from, const char *from_name, int to,
    const char *to_name) must_check;

/*
 * Renames to a name that must be free, else EEXIST.
 *
 * Without RENAME_NOREPLACE a file is linked to its new name, which replaces
 * nothing, and loses its old one then: for a moment it has both. Where it can't
 * be linked, an empty file that nobody may open takes the new name first (which
 * replaces nothing either) and is renamed over. A directory is renamed over an
 * empty one that took the name in the same way. What another process does to
 * both names meanwhile:
 *
 * - The old name gets another object after the link. What has it is taken aside
 *   and looked at before anything is removed, and put back. (If it was given
 *   away by a rename, the file keeps the name that it got so.)
 * - The new name's empty file is replaced, or written to as root: that is lost.
 *   Who does so has overwritten a name that was taken. In place of an empty
 *   directory, only an empty directory can be lost.
 * - We are killed: both names stay, or the empty file or directory.
 */
int move_to_free(struct root *root, int from, const char *from_name, int to,
    const char *to_name) must_check;

/*
 * Gives the file that is pinned one more name. EPERM where there are no links,
 * or no /proc.
 */
int move_link(const struct root *root, int pinned, int to,
    const char *to_name) must_check;

/* Removes a name of the file that is pinned; ESTALE: it is another's. */
int move_unlink(int pinned, int directory, const char *name) must_check;

/*
 * As move_to_free for the file that is pinned, and for no other that has its
 * name meanwhile: by such a link.
 */
int move_pinned(struct root *root, int pinned, int from, const char *from_name,
    int to, const char *to_name) must_check;

/* The names exchange what they have. EINVAL where that can't be had. */
int move_exchange(struct root *root, int from, const char *from_name, int to,
    const char *to_name) must_check;

#endif
