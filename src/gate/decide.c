/*
 * What nobody claims is denied. Takes values, gives values: the manual's
 * explanations, the fuzzers and the gate call this same function.
 */
#include "gate/decide.h"

#include <stddef.h>

#include "gate/exact.h"

static enum refusal
refuse(struct verdict *verdict, enum refusal refusal,
    const struct request *request)
{
	const char *what = request->raw_len > 0 ? request->raw : NULL;

	return verdict_set(verdict, refusal, NULL, what, request->raw_len);
}

enum refusal
decide(const struct policy *policy, const struct request *request,
    const struct subsys **chosen, struct verdict *verdict)
{
	const struct subsys *subsys;
	enum refusal refusal;

	*chosen = NULL;
	verdict_set(verdict, REFUSE_NOTHING, NULL, NULL, 0);
	if (request->kind == REQUEST_SHELL)
		return refuse(verdict, REFUSE_SHELL, request);
	if (request->refusal != REFUSE_NOTHING)
		return refuse(verdict, request->refusal, request);
	subsys = subsys_claiming(request);
	if (subsys == NULL)
		return refuse(verdict, REFUSE_COMMAND, request);
	if (!(policy->services & subsys->service))
		return refuse(verdict, REFUSE_SERVICE, request);
	if (subsys->judge != NULL) {
		refusal = subsys->judge(policy, request, verdict);
		if (refusal != REFUSE_NOTHING)
			return refusal;
	}
	if (!exact_allows(policy, request))
		return refuse(verdict, REFUSE_EXACT, request);
	*chosen = subsys;
	return REFUSE_NOTHING;
}
