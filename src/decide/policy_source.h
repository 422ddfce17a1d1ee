/* From our command line and the configuration to the policy of a session. */
#ifndef FILESONLY_DECIDE_POLICY_SOURCE_H
#define FILESONLY_DECIDE_POLICY_SOURCE_H

#include "base/auto.h"
#include "base/buf.h"
#include "decide/invocation.h"
#include "decide/options.h"
#include "policy/config.h"
#include "policy/policy.h"
#include "policy/restrictions.h"
#include "session/session.h"

enum loaded {
	LOADED,
	LOAD_USAGE,         /* the command line is wrong: status 2 */
	LOAD_MISCONFIGURED, /* the account's configuration is: 78 */
};

/* What the account may do in this session, and who has said so. */
struct session_policy {
	struct policy policy;
	struct restrictions restrictions;
	struct config_origin origin;
};

/*
 * Fills options and *loaded (session_policy_free ends it in every case). With
 * a root on the command line the line is the policy; else the account's
 * sections are, narrowed by the line. error gets a sentence for the
 * administrator. The invocation must outlive *loaded.
 */
enum loaded policy_source_load(const struct invocation *invocation,
    const struct session *session, struct options *options,
    struct session_policy *loaded, struct buf *error) must_check;
void session_policy_free(struct session_policy *loaded);

#endif
