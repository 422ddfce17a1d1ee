/* The way of one session, from the decision to the exit status. */
#ifndef FILESONLY_GATE_RUN_H
#define FILESONLY_GATE_RUN_H

#include "core/audit.h"
#include "core/policy.h"
#include "core/request.h"
#include "core/session.h"

/*
 * Takes a slot, decides, opens the root, serves, and records each step. Returns
 * the exit status; every refusal has been told to the client on stderr by then.
 */
int run_session(const struct session *session, const struct policy *policy,
    struct request *request, struct audit *audit) must_check;

/*
 * The account is misconfigured: the log learns why, the client that it is so.
 * Returns status.
 */
int run_misconfigured(struct audit *audit, const char *why, int status);

#endif
