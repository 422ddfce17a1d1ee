/*
 * Accepts connections, within bounds, and starts a monitor for each. Reads no
 * byte of a client's.
 */
#ifndef FILESONLY_SERVE_LISTENER_H
#define FILESONLY_SERVE_LISTENER_H

#include "base/auto.h"
#include "base/buf.h"
#include "serve/server_log.h"
#include "serve/server_options.h"

struct listener;

/*
 * Binds every address of the options. Returns NULL with a sentence in why.
 * Says on the log where it listens.
 */
struct listener *listener_open(const struct server_options *options,
    const struct server_log *log, struct buf *why) must_check;

/*
 * Serves until it is told to end (SIGTERM, SIGINT: sessions that run may end;
 * again: they are ended) and all connections are over. gate is the gate's
 * path. Returns 0, or -1 with errno.
 */
int listener_run(struct listener *listener, const char *gate) must_check;

#endif
