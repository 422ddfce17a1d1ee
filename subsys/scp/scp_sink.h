/* "scp -t": takes files and directories in. */
#ifndef FILESONLY_SUBSYS_SCP_SCP_SINK_H
#define FILESONLY_SUBSYS_SCP_SCP_SINK_H

#include "base/auto.h"

struct job;
struct scp_args;

/* Serves until the other end has sent all. Returns the exit status. */
int sink_serve(struct job *job, const struct scp_args *args) must_check;

#endif
