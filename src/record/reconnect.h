/*
 * A small process that stays outside the jail for one purpose: to connect
 * anew to the log's socket. It is told nothing but that it should, knows one
 * path, and is held to these few calls by a filter; it ends with its session.
 */
#ifndef FILESONLY_RECORD_RECONNECT_H
#define FILESONLY_RECORD_RECONNECT_H

#include "base/auto.h"

/* A datagram socket that is connected to path, or -1 with errno. */
int reconnect_connect(const char *path) must_check;

/* Starts the helper. Returns our end of its socket, or -1 with errno. */
int reconnect_start(const char *path) must_check;

/*
 * Asks it for a new connection. Returns that, or -1 where there is none yet:
 * waits a tenth of a second at most.
 */
int reconnect_ask(int helper) must_check;

#endif
