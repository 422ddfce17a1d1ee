/* The lines of the record that every subsystem writes alike. */
#include "core/job.h"

#include <string.h>

#include "core/audit.h"
#include "core/jail/jail.h"
#include "core/session.h"

void
job_record_start(const struct job *job, const char *service,
    const struct jail_report *report)
{
	struct audit_line line;

	audit_begin(&line, job->audit, "start");
	audit_word(&line, "service", service);
	audit_bytes(&line, "address", job->session->address,
	    strlen(job->session->address));
	if (job->session->key_claim[0] != '\0')
		audit_bytes(&line, "key-claim", job->session->key_claim,
		    strlen(job->session->key_claim));
	audit_word(&line, "jail",
	    report->means[0] == '\0' ? "none" : report->means);
	if (report->lack[0] != '\0')
		audit_bytes(&line, "lack", report->lack, strlen(report->lack));
	audit_end(&line);
}
