/* A message and a descriptor through a socket (unix(7), SCM_RIGHTS). */
#ifndef FILESONLY_BASE_FDPASS_H
#define FILESONLY_BASE_FDPASS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"

/* Sends len bytes and, unless fd is -1, it. Returns 0, or -1 with errno. */
int fdpass_send(int socket, const void *bytes, size_t len, int fd) must_check;

/*
 * Receives at most len bytes; flags as recvmsg(2). Returns how many came (0:
 * the end), or -1 with errno. *fd is a descriptor that came with them, the
 * caller's to close (O_CLOEXEC), or -1.
 */
ssize_t fdpass_receive(int socket, void *bytes, size_t len, int flags,
    int *fd) must_check;

#endif
