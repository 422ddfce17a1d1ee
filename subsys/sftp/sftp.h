/* The SFTP subsystem's face to the gate (subsys/subsys.h). */
#ifndef FILESONLY_SUBSYS_SFTP_SFTP_H
#define FILESONLY_SUBSYS_SFTP_SFTP_H

#include "subsys/subsys.h"

/*
 * Claims the subsystem request and an exec of any path whose last component
 * is sftp-server or internal-sftp; arguments are ignored (sshd passes its
 * whole Subsystem line).
 */
bool sftp_claims(const struct request *request);

/* Serves version 3 of the protocol on job->in and job->out until EOF. */
int sftp_run(struct job *job, const void *parsed, struct verdict *verdict);

#endif
