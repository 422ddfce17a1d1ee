/* The way of one session, from the decision to the exit status. */
#ifndef FILESONLY_GATE_RUN_H
#define FILESONLY_GATE_RUN_H

#include "gate/policy_source.h"
#include "record/record.h"
#include "request/refusal.h"
#include "request/request.h"
#include "session/session.h"

/*
 * Takes a slot, decides, opens the root, serves, and records each step. Returns
 * the exit status; every refusal has been told to the client on stderr by then.
 */
int run_session(const struct session *session,
    const struct session_policy *granted, struct request *request,
    struct record *record) must_check;

/*
 * Ends a session for a reason that the administrator must mend: writes why to
 * the record, and tells the client the refusal's text only. A person at a
 * terminal hears why. Returns the refusal's exit status.
 */
int run_misconfigured(const struct session *session, struct record *record,
    enum refusal refusal, const char *why);

#endif
