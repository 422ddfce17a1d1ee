/*
 * Locks a key to single transfers: serves only the commands that the policy
 * lists, compared word by word. Pure.
 */
#ifndef FILESONLY_DECIDE_EXACT_H
#define FILESONLY_DECIDE_EXACT_H

#include <stdbool.h>

#include "base/buf.h"
#include "policy/policy.h"
#include "request/request.h"

/*
 * Returns true where the policy lists no commands, or one whose words are the
 * request's. The capabilities behind e in an rsync bundle (e.iLsfxCIvu) are
 * left out: they change with the client's release, not with what it asks for.
 * The request's secluded arguments must have been read: they count like words
 * of the command.
 */
bool exact_allows(const struct policy *policy,
    const struct request *request) must_check;

/*
 * Appends the request as a value of "exact" that would allow it: its words,
 * quoted where they need it.
 */
void exact_write(const struct request *request, struct buf *out);

#endif
