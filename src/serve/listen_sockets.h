/* The sockets at which filesonlyd listens. */
#ifndef FILESONLY_SERVE_LISTEN_SOCKETS_H
#define FILESONLY_SERVE_LISTEN_SOCKETS_H

#include <stddef.h>

#include "base/auto.h"
#include "base/buf.h"
#include "serve/server_log.h"
#include "serve/server_options.h"

/* A name of the machine may have an address of each kind. */
enum { LISTEN_SOCKETS = LISTEN_MAX * 2 };

struct listen_sockets {
	int at[LISTEN_SOCKETS]; /* owned; -1: closed */
	size_t count;
};

/*
 * Binds each address of the options, and says so on the log. Returns 0, or -1
 * with a sentence in why; what was bound by then is the caller's to close.
 */
int listen_sockets_open(struct listen_sockets *sockets,
    const struct server_options *options, const struct server_log *log,
    struct buf *why) must_check;

#endif
