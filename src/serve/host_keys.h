/* The server's keys: whose they must be, and the first one. */
#ifndef FILESONLY_SERVE_HOST_KEYS_H
#define FILESONLY_SERVE_HOST_KEYS_H

#include "base/auto.h"
#include "base/buf.h"
#include "serve/server_log.h"

/*
 * Sees to the key at a path: makes an ed25519 key where there is none, mends
 * the mode of one of our own, refuses one that others may write or that can't
 * be read. Returns 0, or -1 with a sentence in why. Warnings and the key's
 * fingerprint go to the log.
 */
int host_key_see_to(const char *path, const struct server_log *log,
    struct buf *why) must_check;

/* Warns on the log where the key lies below root, which clients may read. */
void host_key_warn_of_root(const char *path, const char *root,
    const struct server_log *log);

#endif
