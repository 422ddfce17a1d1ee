/* The scp subsystem's face to the gate (subsys/subsys.h). */
#ifndef FILESONLY_SUBSYS_SCP_SCP_H
#define FILESONLY_SUBSYS_SCP_SCP_H

#include "subsys/subsys.h"

/*
 * Claims scp, by any absolute path: what another machine's scp asks for where
 * it does not speak SFTP. The program that it names is never run.
 */
bool scp_claims(const struct request *request);

/* Reads the command line; the mode must let it read, or write. */
enum refusal scp_parse(const struct terms *terms, const struct request *request,
    void **parsed, struct verdict *verdict);
void scp_parsed_free(void *parsed);

/* Serves the protocol on job->in and job->out as sink or source. */
int scp_run(struct job *job, const void *parsed, struct verdict *verdict);

#endif
