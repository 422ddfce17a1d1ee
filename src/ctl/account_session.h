/* The session that an account would have. */
#ifndef FILESONLY_CTL_ACCOUNT_SESSION_H
#define FILESONLY_CTL_ACCOUNT_SESSION_H

#include <stdbool.h>

#include "base/auto.h"
#include "session/session.h"

/*
 * Fills session for an account of the system's. Returns false where there is
 * none of that name: then session is that of a virtual account, in no group
 * and without a home.
 */
bool account_session(const char *name, struct session *session) must_check;

/*
 * Root becomes the account for good, with its groups, and leaves its terminal;
 * others stay what they are. Returns 0, or -1 with errno.
 */
int account_become(const struct session *session) must_check;

#endif
