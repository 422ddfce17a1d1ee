/*
 * Paths without the symlinks in them, as far as they are there: what was looked
 * at is what rsync gets. It would not always get through: rsync 3.5 follows a
 * link only if that is root's or its own, and in a user namespace root's are
 * nobody's.
 */
#ifndef FILESONLY_SUBSYS_RSYNC_STRAIGHT_H
#define FILESONLY_SUBSYS_RSYNC_STRAIGHT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"

struct root;

/*
 * Replaces symlinks among the directories on the way to a name that a sender
 * sends. Leaves the name as it is where they can't be read.
 */
void straight_source(const struct root *root, char name[PATH_MAX]);

/*
 * Where a receiver will stand. --mkpath may make what is not there. A link to
 * a file stays: rsync replaces the link. *is_directory: it is one, or becomes
 * one. Returns false where dest has no room for it.
 */
bool straight_destination(const struct root *root, const char *name, char *dest,
    size_t size, bool *is_directory) must_check;

/*
 * Of a path without "." and "..": does it lead through symlinks? Then real is
 * the path without them, from the root.
 */
bool straight_path(const struct root *root, const char *path,
    char real[PATH_MAX]) must_check;

#endif
