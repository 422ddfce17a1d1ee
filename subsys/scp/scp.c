/* The scp subsystem: whose request it is, which way it goes, behind walls. */
#include "subsys/scp/scp.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/policy.h"
#include "subsys/scp/command_line.h"
#include "subsys/scp/scp_sink.h"
#include "subsys/scp/scp_source.h"

bool
scp_claims(const struct request *request)
{
	const char *name = request_base_name(request, 0);

	if (request->kind != REQUEST_COMMAND || name == NULL ||
	    strcmp(name, "scp") != 0)
		return false;
	return name == request->words.at[0].text ||
	       request->words.at[0].text[0] == '/';
}

enum refusal
scp_parse(const struct terms *terms, const struct request *request,
    void **parsed, struct verdict *verdict)
{
	struct scp_args *args = xcalloc(1, sizeof(*args));
	enum refusal refusal = scp_args_parse(args, request, verdict);

	if (refusal == REFUSE_NOTHING &&
	    policy_answer(terms->policy, args->sink ? ACT_CREATE : ACT_READ) ==
		ANSWER_NO)
		refusal = verdict_set(verdict, REFUSE_MODE,
		    args->sink ? "sending to a read-only server"
			       : "reading from a write-only server",
		    NULL, 0);
	*parsed = args;
	if (refusal != REFUSE_NOTHING) {
		scp_parsed_free(args);
		*parsed = NULL;
	}
	return refusal;
}

void
scp_parsed_free(void *parsed)
{
	struct scp_args *args = parsed;

	scp_args_free(args);
	free(args);
}

/* A source changes nothing, whatever the account may do: so do its walls. */
int
scp_run(struct job *job, const void *parsed, struct verdict *verdict)
{
	const struct scp_args *args = parsed;
	struct policy walls = *job->policy;
	int status;

	if (!args->sink)
		walls.mode = MODE_READ_ONLY;
	status = job_enter(job, "scp", &walls, verdict);
	if (status != 0)
		return status;
	return args->sink ? sink_serve(job, args) : source_serve(job, args);
}
