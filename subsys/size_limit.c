/* Asked before a file grows, so that the client hears why it does not. */
#include "subsys/size_limit.h"

#include "policy/policy.h"
#include "record/record.h"
#include "subsys/job.h"

static void
size_limit_record(const struct job *job, uint64_t max)
{
	struct record_line line;

	record_begin(&line, job->record, "limit");
	record_word(&line, "limit", "max-file-size");
	record_number(&line, "bytes", max);
	record_end(&line);
}

bool
size_limit_allows(struct job *job, uint64_t size)
{
	uint64_t max = job->policy->max_file_size;

	if (max == 0 || size <= max)
		return true;
	if (!job->told_size)
		size_limit_record(job, max);
	job->told_size = true;
	errno = EFBIG;
	return false;
}
