/* The loop between the streams and the dispatcher. */
#ifndef FILESONLY_SUBSYS_SFTP_SERVE_H
#define FILESONLY_SUBSYS_SFTP_SERVE_H

#include "subsys/sftp/dispatch.h"

/*
 * Serves job->in and job->out until the client is gone. Returns the exit
 * status: 0 at the end of input, 1 where the client broke the protocol.
 */
int sftp_serve(struct sftp *sftp) must_check;

#endif
