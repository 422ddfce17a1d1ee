/* The SFTP subsystem: opens what it will need, enters its jail, serves. */
#include "subsys/sftp/sftp.h"

#include <string.h>

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
	not_zeroed struct sftp sftp;
	int status;

	(void)parsed; /* the claim says all */
	dispatch_open(&sftp, job);
	status = job_enter(job, "sftp", job->policy, verdict);
	if (status == 0)
		status = sftp_serve(&sftp);
	dispatch_close(&sftp);
	return status;
}
