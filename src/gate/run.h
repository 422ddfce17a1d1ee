/* The way of one session, from the decision to the exit status. */
#ifndef FILESONLY_GATE_RUN_H
#define FILESONLY_GATE_RUN_H

#include "policy/policy.h"
#include "record/record.h"
#include "request/request.h"
#include "session/session.h"

/*
 * Takes a slot, decides, opens the root, serves, and records each step. Returns
 * the exit status; every refusal has been told to the client on stderr by then.
 */
int run_session(const struct session *session, const struct policy *policy,
    struct request *request, struct record *record) must_check;

/*
 * The account is misconfigured: the log learns why, the client that it is so.
 * Returns status.
 */
int run_misconfigured(struct record *record, const char *why, int status);

#endif
