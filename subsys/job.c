/* The lines of the record that every subsystem writes alike. */
#include "subsys/job.h"

#include <string.h>

#include "record/record.h"
#include "session/session.h"

void
job_record_start(const struct job *job, const char *service)
{
	const struct jail_report *report = &job->report;
	struct record_line line;

	record_begin(&line, job->record, "start");
	record_word(&line, "service", service);
	record_bytes(&line, "address", job->session->address,
	    strlen(job->session->address));
	if (job->session->key_claim[0] != '\0')
		record_bytes(&line,
		    job->session->key_is_fact ? "key" : "key-claim",
		    job->session->key_claim, strlen(job->session->key_claim));
	record_word(&line, "jail",
	    report->means[0] == '\0' ? "none" : report->means);
	if (report->lack[0] != '\0')
		record_bytes(&line, "lack", report->lack, strlen(report->lack));
	record_end(&line);
}
