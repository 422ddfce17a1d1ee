/*
 * The files in an account's home that a login, or a program that serves the
 * account without one, reads and obeys. Where a client can change one of them
 * through its root, an upload is a shell at the next login.
 */
#ifndef FILESONLY_DECIDE_LOGIN_FILES_H
#define FILESONLY_DECIDE_LOGIN_FILES_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/buf.h"
#include "decide/exposure.h"

/*
 * Returns true where the client could change a login file in this home, or
 * make one, or put another home in its place; or where that can't be known.
 * Then why gets a clause that says so. home is absolute.
 */
bool login_files_are_exposed(struct exposure *exposure, const char *home,
    struct buf *why) must_check;

#endif
