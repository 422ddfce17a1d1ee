/*
 * The dynamic program beside the static one: the same, but for the name
 * services that it can ask.
 */
#ifndef FILESONLY_CORE_TWIN_H
#define FILESONLY_CORE_TWIN_H

#include <sys/stat.h>

#include "base/auto.h"

/*
 * Begins anew as the program "filesonly-nss" in the directory of our own,
 * with these arguments and what we read of this environment: to be called
 * before the client's first byte is read, and before anything is done that
 * can't be undone. Returns only where that failed: -1 with errno.
 */
int twin_become(char *const *argv, char *const *envp) must_check;

/*
 * The file that was first started, if we may be the twin: "filesonly" in the
 * directory of our own. Returns 0, or -1 with errno.
 */
int twin_stat_first(struct stat *st) must_check;

#endif
