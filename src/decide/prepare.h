/*
 * The steps of a session that change nothing: to a decision, and to an open
 * root of which all holds that must. The gate takes them before it serves; an
 * explanation takes the very same.
 */
#ifndef FILESONLY_DECIDE_PREPARE_H
#define FILESONLY_DECIDE_PREPARE_H

#include "base/auto.h"
#include "base/buf.h"
#include "confine/means.h"
#include "decide/decide.h"
#include "policy/config.h"
#include "policy/policy.h"
#include "policy/restrictions.h"
#include "request/request.h"
#include "root/root.h"
#include "session/session.h"

/*
 * Sees that the login is not shut, claims, completes (from in, where the
 * claimant needs it), chooses the means and decides: each once. Fills *means
 * and *decision (decision_free ends it).
 */
void prepare_decision(const struct policy *policy,
    const struct restrictions *restrictions, struct request *request, int in,
    struct means *means, struct decision *decision);

/*
 * Opens the root and sees to what must hold before anything is served in it.
 * Returns REFUSE_NOTHING, or the refusal with the administrator's reason in
 * why; root_close in any case.
 */
enum refusal prepare_root(const struct session *session,
    const struct policy *policy, const struct restrictions *restrictions,
    const struct config_origin *origin, struct root *root,
    struct buf *why) must_check;

#endif
