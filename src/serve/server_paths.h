/* Where the server's own files are, and its home. */
#ifndef FILESONLY_SERVE_SERVER_PATHS_H
#define FILESONLY_SERVE_SERVER_PATHS_H

#include "base/auto.h"
#include "base/buf.h"
#include "serve/server_options.h"

/*
 * As the account that serves: finds its home, fills in the files that were not
 * named, and makes those absolute that were named from the directory in which
 * the server was started. They live as long as the process. Returns 0, or -1
 * with a sentence in why.
 */
int server_paths_settle(struct server_options *options,
    struct buf *why) must_check;

#endif
