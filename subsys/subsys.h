/*
 * The subsystems, one row each: what the gate may serve, and nothing else.
 */
#ifndef FILESONLY_SUBSYS_SUBSYS_H
#define FILESONLY_SUBSYS_SUBSYS_H

#include <stdbool.h>

#include "policy/policy.h"
#include "request/refusal.h"
#include "request/request.h"
#include "subsys/job.h"

struct subsys {
	const char *name;     /* as in --services and in the audit log */
	enum service service; /* what the policy must allow */

	/* Is this request ours? Looks at words only. */
	bool (*claims)(const struct request *request);

	/*
	 * Reads what the request still lacks from the client (rsync's
	 * secluded arguments) and appends it to the request's words. NULL
	 * where nothing can be lacking.
	 */
	enum refusal (*complete)(struct request *request, int in);

	/*
	 * Pure: may this request be served under this policy? NULL where the
	 * claim is all there is to say.
	 */
	enum refusal (*judge)(const struct policy *policy,
	    const struct request *request, struct verdict *verdict);

	/*
	 * Serves a request that was allowed: enters its jail first. Returns
	 * the exit status; what it tells the client of a late refusal goes
	 * through the verdict.
	 */
	int (*run)(struct job *job, struct verdict *verdict);
};

/* All rows, ended by one without a name. */
extern const struct subsys subsystems[];

/* Returns the row that claims the request, or NULL. */
const struct subsys *subsys_claiming(const struct request *request);

#endif
