/* Descriptors: how one was opened, and their state at start. */
#ifndef FILESONLY_BASE_FD_H
#define FILESONLY_BASE_FD_H

#include <fcntl.h>
#include <stdbool.h>

#include "base/auto.h"

/*
 * Of open(2)'s flags those that say whether a file is read or written. Not
 * O_ACCMODE: musl's has O_PATH, too, by which nothing is written.
 */
enum { FD_ACCESS = O_RDONLY | O_WRONLY | O_RDWR };

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
