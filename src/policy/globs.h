/* Patterns of names, as the keys hide and deny have them: those of glob(7). */
#ifndef FILESONLY_POLICY_GLOBS_H
#define FILESONLY_POLICY_GLOBS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Returns whether it means the same to every fnmatch(3): brackets that are
 * closed, with no backslash and no "[.x.]" or "[=x=]" in them, and only ranges
 * from one byte to a later one; no backslash at the end; no slash, which would
 * never match. len is above 0.
 */
bool glob_is_clear(const char *text, size_t len);

#endif
