/*
 * A small process that stays outside the jail for one purpose: to reach the
 * log anew, a socket whose receiver was restarted or a file that was rotated.
 * It is told nothing but that it should, knows one path, and is held to a few
 * calls by a filter; it ends with its session.
 */
#ifndef FILESONLY_RECORD_RECONNECT_H
#define FILESONLY_RECORD_RECONNECT_H

#include "base/auto.h"

/* A datagram socket that is connected to path, or -1 with errno. */
int reconnect_connect(const char *path) must_check;

/*
 * The file at path, a regular one, to append to; never by a symlink. create is
 * O_CREAT (with mode 0600) or 0. Returns a descriptor, or -1 with errno.
 */
int reconnect_open(const char *path, int create) must_check;

/*
 * Starts the helper: to connect to path or, where file is the log that was
 * opened there, to open what has its name later. Returns our end of its
 * socket, or -1 with errno.
 */
int reconnect_start(const char *path, int file) must_check;

/*
 * Asks it for a new connection, or for the file that took the last one's
 * place. Returns that, or -1 where there is none (yet): waits a tenth of a
 * second at most.
 */
int reconnect_ask(int helper) must_check;

#endif
