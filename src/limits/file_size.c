/* setrlimit(2), which refuses to raise what the machine has set. */
#include "limits/file_size.h"

#include <sys/resource.h>

int
file_size_limit(uint64_t max)
{
	struct rlimit limit;

	if (max == 0)
		return 0;
	if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
		return -1;
	if (limit.rlim_cur > max)
		limit.rlim_cur = max;
	if (limit.rlim_max > max)
		limit.rlim_max = max;
	return setrlimit(RLIMIT_FSIZE, &limit);
}
