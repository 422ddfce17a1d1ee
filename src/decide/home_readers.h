/*
 * Where filesonly is the login shell, the login files of a home are read by
 * nobody, unless the machine runs something else for the account that obeys
 * them.
 */
#ifndef FILESONLY_DECIDE_HOME_READERS_H
#define FILESONLY_DECIDE_HOME_READERS_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/buf.h"
#include "session/session.h"

/*
 * Returns true where the account's login shell is this very program, and
 * nothing is seen that obeys what a home says: no systemd of the account's own,
 * no mail server, and, unless this program is a static one (which the
 * environment can't make load a library), no way from a file in the home to
 * the environment of a login. Else false; where the shell is ours, why gets a
 * clause that says what obeys the home.
 */
bool home_readers_are_none(const struct session *session,
    struct buf *why) must_check;

#endif
