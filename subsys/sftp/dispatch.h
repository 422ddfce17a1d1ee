/*
 * The SFTP server of one session: a packet comes in, its answer is appended
 * to what waits for the client. Knows nothing of the streams (serve.c).
 */
#ifndef FILESONLY_SUBSYS_SFTP_DISPATCH_H
#define FILESONLY_SUBSYS_SFTP_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "subsys/sftp/request_table.h"
#include "subsys/sftp/state.h"

/* Called before the jail: the files that listings need are opened here. */
void dispatch_open(struct sftp *sftp, struct job *job);
void dispatch_close(struct sftp *sftp);

/*
 * Serves one packet (type and body, len bytes at least 1) and appends the
 * answer. Returns false where the session must end: nothing sensible can be
 * answered (a request before INIT, not even an id).
 */
bool dispatch_serve(struct sftp *sftp, const unsigned char *packet,
    size_t len) must_check;

#endif
