/* The decision: one pure function from terms and request to a subsystem. */
#ifndef FILESONLY_DECIDE_DECIDE_H
#define FILESONLY_DECIDE_DECIDE_H

#include "request/refusal.h"
#include "request/request.h"
#include "subsys/subsys.h"
#include "subsys/terms.h"

/* What was decided; decision_free ends it. */
struct decision {
	const struct subsys *subsystem; /* serves the request; NULL: refused */
	void *parsed;                   /* owned: for subsystem->run, or NULL */
	struct verdict verdict;         /* why, and what it says of it */
};

/*
 * Decides about a request that is complete and that the claimant (of
 * subsys_claiming; NULL: nobody) has claimed. Fills *decision and returns its
 * verdict's refusal. Looks at nothing but its arguments: explanations, fuzzers
 * and the gate call this same function.
 */
enum refusal decide(const struct terms *terms, const struct request *request,
    const struct subsys *claimant, struct decision *decision) must_check;

/*
 * Turns a decision into a refusal: frees what was parsed and fills the
 * verdict, which quotes what (len bytes, or NULL). Returns refusal.
 */
enum refusal decision_refuse(struct decision *decision, enum refusal refusal,
    const char *what, size_t len);

/* Frees what was parsed. The verdict stays. */
void decision_free(struct decision *decision);

#endif
