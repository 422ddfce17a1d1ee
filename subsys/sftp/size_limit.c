/* Asked before a file grows, so that the client hears why it does not. */
#include "subsys/sftp/size_limit.h"

#include "policy/policy.h"
#include "subsys/sftp/sftp_record.h"
#include "subsys/sftp/state.h"

bool
size_limit_allows(struct sftp *sftp, uint64_t size)
{
	uint64_t max = sftp->job->policy->max_file_size;

	if (max == 0 || size <= max)
		return true;
	if (!sftp->told_size)
		sftp_record_size_limit(sftp, max);
	sftp->told_size = true;
	errno = EFBIG;
	return false;
}
