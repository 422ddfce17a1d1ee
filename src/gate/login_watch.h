/* Whether the login that is served was disabled, or has expired, meanwhile. */
#ifndef FILESONLY_GATE_LOGIN_WATCH_H
#define FILESONLY_GATE_LOGIN_WATCH_H

#include "base/auto.h"
#include "decide/policy_source.h"
#include "limits/watch.h"

/* What is looked at again; all of it borrowed. */
struct login {
	const struct invocation *invocation;
	const struct session *session;
};

/*
 * Starts to watch a session whose policy came from a configuration, which may
 * change, or has a date. Returns 0, with *watch (watch_stop ends it; no
 * descriptor where nothing can end the session), or -1 with errno.
 */
int login_watch_start(struct watch *watch, const struct login *login,
    const struct session_policy *granted) must_check;

#endif
