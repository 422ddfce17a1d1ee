/*
 * What lies between the lines: the bytes of a file, as many as the line has
 * announced and not one more or less, whatever happens to the file.
 */
#ifndef FILESONLY_SUBSYS_SCP_CONTENT_H
#define FILESONLY_SUBSYS_SCP_CONTENT_H

#include <stdint.h>

struct peer;

/*
 * Takes size bytes from the other end into the file, and into hash, unless
 * that is NULL. Where writing fails the
 * rest is taken and dropped, since it comes all the same: *error is the errno,
 * else 0. Returns how many were written. peer->gone: not all have come.
 */
struct hash;
uint64_t content_take(struct peer *peer, int file, uint64_t size,
    struct hash *hash, int *error);

/*
 * Sends size bytes of the file, zeros in place of those that it does not have:
 * then *error is the errno, ENODATA where it just ended. Returns how many of
 * its own were sent. peer->gone: not all were.
 */
uint64_t content_send(struct peer *peer, int file, uint64_t size, int *error);

#endif
