/* The state of our descriptors at start. */
#ifndef FILESONLY_BASE_FD_H
#define FILESONLY_BASE_FD_H

#include <stdbool.h>

#include "base/auto.h"

/*
 * Makes sure that 0, 1 and 2 are open, so that no file opened later takes
 * their place: a missing one becomes /dev/null. Returns 0, or -1 with errno.
 */
int fd_ensure_standard(void) must_check;

/* Closes every descriptor from first up. Returns 0, or -1 with errno. */
int fd_close_from(int first) must_check;

/* Returns true where fd is open. */
bool fd_is_open(int fd);

#endif
