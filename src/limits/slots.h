/*
 * max-sessions: each session of an account holds one of its slots, a locked
 * file. The kernel frees it when the session's last process is gone, however
 * that ended.
 */
#ifndef FILESONLY_LIMITS_SLOTS_H
#define FILESONLY_LIMITS_SLOTS_H

#include "base/auto.h"
#include "base/buf.h"

struct policy;
struct session;

/*
 * Takes a free slot of the session's account, in the directory UID of
 * sessions-dir (UID/user-NAME, where it is filesonlyd's own), which is made
 * where the account may. Returns 0: *slot is the locked file
 * (the caller's to close; no program inherits it), or -1 where none is free
 * or no limit is set. Returns -1 with a sentence for the administrator in
 * why: a directory is missing, or another account could use or replace it.
 */
int slots_take(const struct policy *policy, const struct session *session,
    int *slot, struct buf *why) must_check;

/*
 * Could a slot be taken, if one is free? Makes and locks nothing. Returns 0,
 * or -1 with the sentence of slots_take in why. Called as the account.
 */
int slots_check(const struct policy *policy, const struct session *session,
    struct buf *why) must_check;

#endif
