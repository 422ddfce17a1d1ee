/* The way of one session, from the decision to the exit status. */
#ifndef FILESONLY_GATE_RUN_H
#define FILESONLY_GATE_RUN_H

#include "decide/policy_source.h"
#include "gate/login_watch.h"
#include "request/refusal.h"
#include "request/request.h"
#include "session/session.h"

/* Whose session it is: what was granted, and where that can be asked again. */
struct session_source {
	const struct login *login;
	const struct session_policy *granted;
};

/*
 * Opens the record, takes a slot, decides, opens the root and serves; records
 * each step. Returns the exit status; every refusal has been told to the client
 * by then, on stderr and, where its protocol can't show that, in the protocol.
 */
int run_session(const struct session_source *source,
    struct request *request) must_check;

/*
 * Records a request that the gate itself answers, with nothing but an exit
 * status: because (a constant) says why. Returns the refusal's status, or that
 * of a misconfiguration where there is no record.
 */
int run_silently(const struct session *session,
    const struct session_policy *granted, const struct request *request,
    enum refusal refusal, const char *because) must_check;

/*
 * The command line or the configuration is wrong: a person at a terminal hears
 * why; a client hears that the account is misconfigured, and the record says
 * why. Returns the exit status of a misconfiguration.
 */
int run_misconfigured(const struct session *session,
    const struct policy *policy, const struct request *request,
    const char *why);

#endif
