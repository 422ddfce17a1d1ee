/* How the client and the record hear of a decision, and of a refusal. */
#ifndef FILESONLY_GATE_TOLD_H
#define FILESONLY_GATE_TOLD_H

#include "base/auto.h"
#include "request/refusal.h"
#include "subsys/job.h"
#include "subsys/subsys.h"

/* Writes the line "decide"; subsys may be NULL. */
void told_decision(const struct job *job, const struct subsys *subsys,
    const struct verdict *verdict);

/*
 * Tells the client on stderr what was refused. What the kernel lacks is told to
 * a person at a terminal only: a client of a server is a stranger. Returns the
 * exit status.
 */
int told_refusal(const struct job *job, const struct verdict *verdict);

/* Writes the line "misconfigured" for the administrator. */
void told_misconfigured(struct record *record, const char *why);

/*
 * Ends a session for a reason that the administrator must mend: the record
 * (if there is one) says why, the client hears the refusal's text only. A
 * person at a terminal hears why. Returns the exit status.
 */
int told_reason(const struct job *job, enum refusal refusal, const char *why);

/*
 * Without a record, of which errno says why, nothing is served. A person at a
 * terminal hears where the record should be (audit). Returns the exit status.
 */
int told_no_record(const struct job *job, const char *audit);

/*
 * The session is over: closes the record. Where it was refused, and its client
 * is of a kind that hears nothing of stderr, it is told in its own protocol
 * what is in job->told; then only the process's end may follow.
 */
void told_in_protocol(const struct job *job);

#endif
