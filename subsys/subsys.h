/*
 * The subsystems, one row each: what the gate may serve, and nothing else.
 */
#ifndef FILESONLY_SUBSYS_SUBSYS_H
#define FILESONLY_SUBSYS_SUBSYS_H

#include <stdbool.h>

#include "base/names.h"
#include "confine/jail.h"
#include "policy/policy.h"
#include "request/refusal.h"
#include "request/request.h"
#include "subsys/job.h"
#include "subsys/terms.h"

/* A request takes the members of its row in this order, each once. */
struct subsys {
	const char *name;          /* as in --services and in the record */
	enum service service;      /* what the policy must allow */
	enum jail_profile profile; /* by which it is confined */

	/* Is this request ours? Looks at words only. */
	bool (*claims)(const struct request *request);

	/*
	 * Reads what the request still lacks from the client (rsync's
	 * secluded arguments) and appends it to the request's words. NULL
	 * where nothing can be lacking.
	 */
	enum refusal (*complete)(struct request *request, int in);

	/*
	 * Pure: reads the words and judges them under the terms. Returns
	 * REFUSE_NOTHING with *parsed, which is the caller's and which
	 * parsed_free ends (it may borrow from the request); or the refusal
	 * with verdict filled and *parsed NULL. NULL where the claim is all
	 * there is to say.
	 */
	enum refusal (*parse)(const struct terms *terms,
	    const struct request *request, void **parsed,
	    struct verdict *verdict);
	void (*parsed_free)(void *parsed); /* NULL where parse is */

	/*
	 * Serves a request that was allowed, by what parse has made of it
	 * (borrowed): enters its jail first. Returns the exit status; a late
	 * refusal fills the verdict, through which the client hears of it.
	 */
	int (
	    *run)(struct job *job, const void *parsed, struct verdict *verdict);

	/*
	 * Tells a client that was refused the line that is on stderr, too,
	 * in the subsystem's own protocol; the process ends after it. NULL
	 * where clients show stderr.
	 */
	void (*refuse)(const struct job *job, const char *line);

	/*
	 * Appends the words of what run would execute, and executes nothing;
	 * the job has its root open. Returns REFUSE_NOTHING, or the late
	 * refusal with verdict filled. NULL where run executes nothing.
	 */
	enum refusal (*argv)(const struct job *job, const void *parsed,
	    struct names *words, struct verdict *verdict);
};

/* All rows, ended by one without a name. */
extern const struct subsys subsystems[];

/* Returns the first row that claims the request, or NULL. */
const struct subsys *subsys_claiming(const struct request *request);

#endif
