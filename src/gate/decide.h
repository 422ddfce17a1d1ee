/* The decision: one pure function from policy and request to a subsystem. */
#ifndef FILESONLY_GATE_DECIDE_H
#define FILESONLY_GATE_DECIDE_H

#include "policy/policy.h"
#include "request/refusal.h"
#include "request/request.h"
#include "subsys/subsys.h"

/*
 * Returns REFUSE_NOTHING with *chosen set, or the refusal with *verdict
 * filled and *chosen NULL. Looks at nothing but its arguments.
 */
enum refusal decide(const struct policy *policy, const struct request *request,
    const struct subsys **chosen, struct verdict *verdict) must_check;

#endif
