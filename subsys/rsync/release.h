/* What this release of rsync knows, where the rules depend on that. */
#ifndef FILESONLY_SUBSYS_RSYNC_RELEASE_H
#define FILESONLY_SUBSYS_RSYNC_RELEASE_H

#include <stdbool.h>

/*
 * Does the program have a long option of this name? Without a sure answer it
 * has not: an option that a release doesn't know ends it.
 */
bool release_has_option(const char *program, const char *option);

#endif
