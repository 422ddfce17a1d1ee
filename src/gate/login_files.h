/*
 * A writable root must not hold the account's own locks: where the home, its
 * .ssh or the start-up files of a login shell lie in the root, an upload
 * would be a shell at the next login.
 */
#ifndef FILESONLY_GATE_LOGIN_FILES_H
#define FILESONLY_GATE_LOGIN_FILES_H

#include <stdbool.h>

#include "base/buf.h"
#include "policy/config.h"
#include "policy/policy.h"
#include "root/root.h"
#include "session/session.h"

/*
 * Returns true where the session may go on: the mode can't write, or
 * home-in-root is set, or no lock lies in the root, or each that does belongs
 * to another uid and can't be written by us, nor any directory above it in
 * the root; or the policy is that of root's configuration, this program the
 * login shell, and nothing else on the machine is seen to run what a home
 * names. Else false, with a sentence for the administrator in why. What can't
 * be examined counts as a lock within reach. A configuration that may be the
 * account's own is a lock that no setting opens.
 */
bool login_files_are_safe(const struct session *session,
    const struct policy *policy, const struct config_origin *origin,
    const struct root *root, struct buf *why) must_check;

#endif
