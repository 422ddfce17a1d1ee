/*
 * What must not lie in a writable root, lest an upload be more than a file:
 * the account's login files, the programs that are run, the configuration, the
 * log, the directory in which sessions are counted and filesonlyd's keys; and
 * what must not lie in any root, since clients could read it: its host keys.
 */
#ifndef FILESONLY_DECIDE_OUTSIDE_ROOT_H
#define FILESONLY_DECIDE_OUTSIDE_ROOT_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/buf.h"
#include "policy/config.h"
#include "policy/policy.h"
#include "root/root.h"
#include "session/session.h"

/*
 * Returns true where the session may go on: no host key is seen in the root,
 * and the mode can't write, or nothing of the above can be changed through the
 * root (decide/exposure.h). The home
 * may also lie there where nothing obeys it (decide/home_readers.h) and the
 * policy is that of root's configuration. home-in-root allows all but the log,
 * the sessions' directory, filesonlyd's keys of both kinds and a configuration
 * that the account itself may own. Else false, with a sentence for the
 * administrator in why.
 */
bool outside_root_holds(const struct session *session,
    const struct policy *policy, const struct config_origin *origin,
    const struct root *root, struct buf *why) must_check;

#endif
