/*
 * The command lines of checksums and small commands: whatever words they are,
 * the answer is a refusal with its reason or what can be served; a mode never
 * serves more than a wider one, and nothing is looked at.
 */
#include <string.h>

#include "base/xalloc.h"
#include "confine/means.h"
#include "policy/policy.h"
#include "policy/restrictions.h"
#include "subsys/subsys.h"
#include "tests/fuzz/target.h"

static enum refusal
parse_in(enum mode mode, const struct subsys *row,
    const struct request *request)
{
	static const struct restrictions none = { .rrsync = NULL };
	static const struct means means = { .view = VIEW_HOST };
	struct verdict verdict = { .refusal = REFUSE_NOTHING };
	enum refusal refusal;
	struct policy policy;
	void *parsed = NULL;

	policy_init(&policy);
	policy.mode = mode;
	refusal = row->parse(&(struct terms){ &policy, &none, &means }, request,
	    &parsed, &verdict);
	MUST((refusal == REFUSE_NOTHING) == (parsed != NULL));
	MUST(refusal == REFUSE_NOTHING || verdict.refusal == refusal);
	MUST(
	    strnlen(verdict.what, sizeof(verdict.what)) < sizeof(verdict.what));
	if (parsed != NULL)
		row->parsed_free(parsed);
	policy_free(&policy);
	return refusal;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *raw = xcalloc(size + 1, 1);
	const struct subsys *row;
	struct request request;

	if (size > 0)
		memcpy(raw, data, size);
	request_parse(&request, raw);
	row = subsys_claiming(&request);
	if (row != NULL &&
	    (row->service == SERVICE_SUM || row->service == SERVICE_CMD)) {
		enum refusal widest = parse_in(MODE_READ_WRITE, row, &request);

		MUST(request.kind == REQUEST_COMMAND);
		for (int mode = 0; mode < MODE_COUNT; mode++) {
			enum refusal refusal =
			    parse_in((enum mode)mode, row, &request);

			/* Modes differ in what they allow, and only there. */
			MUST(refusal == widest || refusal == REFUSE_MODE);
		}
	}
	request_free(&request);
	return 0;
}
