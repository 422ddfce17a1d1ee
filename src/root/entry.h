/* The entries of an open directory of the root, as a listing shows them. */
#ifndef FILESONLY_ROOT_ENTRY_H
#define FILESONLY_ROOT_ENTRY_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/auto.h"

struct root;

/* Barred names may be seen; hidden ones and our own are not. */
bool entry_is_shown(const struct root *root, const char *name) must_check;

/*
 * Looks at one entry (a symlink is itself meant). The root's ".." is the root
 * itself. Returns as fstatat(2).
 */
int entry_stat(const struct root *root, int directory, const char *name,
    struct stat *st) must_check;

#endif
