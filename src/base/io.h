/* Reads and writes that finish, on blocking descriptors. */
#ifndef FILESONLY_BASE_IO_H
#define FILESONLY_BASE_IO_H

#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"

/*
 * Writes all len bytes, over interruptions and short writes. Returns 0, or -1
 * with errno.
 */
int io_write_all(int fd, const void *bytes, size_t len) must_check;

/*
 * Reads until size bytes are there or the end of file. Returns how many, or
 * -1 with errno.
 */
ssize_t io_read_all(int fd, void *bytes, size_t size) must_check;

/*
 * Says something to who may not listen, as a client's stderr: waits a second at
 * most for room. That nobody hears it is no error.
 */
void io_say(int fd, const void *bytes, size_t len);

#endif
