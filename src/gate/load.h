/* From our command line and the configuration to the policy of a session. */
#ifndef FILESONLY_GATE_LOAD_H
#define FILESONLY_GATE_LOAD_H

#include "base/auto.h"
#include "base/buf.h"
#include "core/policy.h"
#include "core/session.h"
#include "gate/forced.h"
#include "gate/options.h"

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
enum loaded load_policy(const struct forced *forced,
    const struct session *session, struct options *options,
    struct policy *policy, struct buf *error) must_check;

#endif
