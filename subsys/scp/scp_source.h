/* "scp -f": sends files and directories. */
#ifndef FILESONLY_SUBSYS_SCP_SCP_SOURCE_H
#define FILESONLY_SUBSYS_SCP_SCP_SOURCE_H

#include "base/auto.h"

struct job;
struct scp_args;

/* Serves until all was sent that was asked for. Returns the exit status. */
int source_serve(struct job *job, const struct scp_args *args) must_check;

#endif
