/* Is a server there and does it speak SSH? For health checks. */
#ifndef FILESONLY_SERVE_PING_H
#define FILESONLY_SERVE_PING_H

#include "base/auto.h"
#include "base/buf.h"

/*
 * Connects to "ADDRESS:PORT" (NULL: 127.0.0.1:2222) and reads the server's
 * greeting, within five seconds. Returns 0, or -1 with a sentence in why.
 */
int ping_server(const char *place, struct buf *why) must_check;

#endif
