/* What nobody claims is denied. Takes values, gives values. */
#include "decide/decide.h"

#include <stddef.h>

#include "decide/advice.h"
#include "decide/exact.h"
#include "policy/policy.h"

void
decision_free(struct decision *decision)
{
	if (decision->parsed != NULL)
		decision->subsystem->parsed_free(decision->parsed);
	decision->parsed = NULL;
	decision->subsystem = NULL;
}

enum refusal
decision_refuse(struct decision *decision, enum refusal refusal,
    const char *what, size_t len)
{
	decision_free(decision);
	return verdict_set(&decision->verdict, refusal, NULL, what, len);
}

/* Refuses the request as a whole: the client reads its own command again. */
static enum refusal
refuse_request(struct decision *decision, enum refusal refusal,
    const struct request *request)
{
	const char *what = request->raw_len > 0 ? request->raw : NULL;

	return decision_refuse(decision, refusal, what, request->raw_len);
}

/* ... and what to use instead, where we know that. */
static enum refusal
refuse_with_advice(struct decision *decision, enum refusal refusal,
    const struct policy *policy, const struct request *request)
{
	refuse_request(decision, refusal, request);
	decision->verdict.because = advice_for(request, policy->services);
	return refusal;
}

enum refusal
decide(const struct terms *terms, const struct request *request,
    const struct subsys *claimant, struct decision *decision)
{
	const struct policy *policy = terms->policy;
	enum refusal refusal = REFUSE_NOTHING;

	*decision = (struct decision){ .subsystem = NULL };
	if (request->kind == REQUEST_SHELL)
		return refuse_with_advice(decision, REFUSE_SHELL, policy,
		    request);
	if (request->refusal != REFUSE_NOTHING)
		return refuse_with_advice(decision, request->refusal, policy,
		    request);
	if (claimant == NULL)
		return refuse_with_advice(decision, REFUSE_COMMAND, policy,
		    request);
	if (!(policy->services & claimant->service))
		return refuse_request(decision, REFUSE_SERVICE, request);
	if (claimant->parse != NULL)
		refusal = claimant->parse(terms, request, &decision->parsed,
		    &decision->verdict);
	if (refusal != REFUSE_NOTHING)
		return refusal;
	decision->subsystem = claimant;
	if (!exact_allows(policy, request))
		return refuse_request(decision, REFUSE_EXACT, request);
	return REFUSE_NOTHING;
}
