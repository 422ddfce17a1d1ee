/* The SFTP subsystem: opens what it will need, enters its jail, serves. */
#include "subsys/sftp/sftp.h"

#include <string.h>

#include "confine/jail.h"
#include "subsys/sftp/dispatch.h"
#include "subsys/sftp/serve.h"

bool
sftp_claims(const struct request *request)
{
	const char *name;

	if (request->kind == REQUEST_SFTP)
		return true;
	name = request_base_name(request, 0);
	return request->kind == REQUEST_COMMAND && name != NULL &&
	       (strcmp(name, "sftp-server") == 0 ||
		   strcmp(name, "internal-sftp") == 0);
}

int
sftp_run(struct job *job, const void *parsed, struct verdict *verdict)
{
	const struct jail_plan plan = { .profile = JAIL_FILES,
		.means = job->means,
		.policy = job->policy,
		.root = job->root };
	not_zeroed struct sftp sftp;
	int status;

	(void)parsed; /* the claim says all */
	dispatch_open(&sftp, job);
	status = jail_enter(&plan, &job->report);
	job_record_start(job, "sftp");
	if (status != 0) {
		dispatch_close(&sftp);
		verdict_set(verdict, REFUSE_CONFINEMENT, NULL, NULL, 0);
		return refusal_status(REFUSE_CONFINEMENT);
	}
	status = sftp_serve(&sftp);
	dispatch_close(&sftp);
	return status;
}
