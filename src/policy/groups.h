/* An account's groups by name, from any source that NSS knows. */
#ifndef FILESONLY_POLICY_GROUPS_H
#define FILESONLY_POLICY_GROUPS_H

#include <stdbool.h>

#include "base/auto.h"
#include "session/account.h"

struct session;

/* Starts as {0}: the system is asked only when the first name is. */
struct groups {
	struct account_groups all;
	bool loaded;
};

/*
 * Is the account of the session in the group? Returns 0 and sets *holds, or
 * -1 with errno (of account_groups_load) where that can't be known.
 */
int groups_hold(struct groups *groups, const struct session *session,
    const char *name, bool *holds) must_check;

void groups_free(struct groups *groups);

#endif
