/* From our command line and the configuration to the policy of a session. */
#ifndef FILESONLY_GATE_POLICY_SOURCE_H
#define FILESONLY_GATE_POLICY_SOURCE_H

#include "base/auto.h"
#include "base/buf.h"
#include "gate/invocation.h"
#include "gate/options.h"
#include "policy/policy.h"
#include "session/session.h"

enum loaded {
	LOADED,
	LOAD_USAGE,         /* the command line is wrong: status 2 */
	LOAD_MISCONFIGURED, /* the account's configuration is: 78 */
};

/*
 * Fills options and policy (policy_free ends it in every case). With a root
 * on the command line that is all; else the account's sections count, and the
 * command line narrows them. error gets a sentence for the administrator.
 */
enum loaded policy_source_load(const struct invocation *invocation,
    const struct session *session, struct options *options,
    struct policy *policy, struct buf *error) must_check;

#endif
