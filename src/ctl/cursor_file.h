/* The file in which a cursor outlives us. */
#ifndef FILESONLY_CTL_CURSOR_FILE_H
#define FILESONLY_CTL_CURSOR_FILE_H

#include <stddef.h>

#include "base/auto.h"

/* Reads it into room; a file that is not there is "". Returns 0, or -1 with
 * errno. */
int cursor_file_read(const char *path, char *room, size_t size) must_check;

/*
 * Puts a new file in its place, whole and on the disk. Returns 0, or -1 with
 * errno.
 */
int cursor_file_write(const char *path, const char *cursor) must_check;

#endif
