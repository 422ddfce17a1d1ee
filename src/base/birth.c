/* statx(2). */
#include "base/birth.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int
birth_of(int fd, struct birth *birth)
{
	const unsigned all = STATX_BTIME | STATX_INO | STATX_UID;
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, all, &st) != 0)
		return -1;
	if ((st.stx_mask & all) != all) {
		errno = EOPNOTSUPP;
		return -1;
	}
	*birth = (struct birth){
		.device = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor,
		.inode = st.stx_ino,
		.owner = st.stx_uid,
		.at.tv_sec = (time_t)st.stx_btime.tv_sec,
		.at.tv_nsec = (long)st.stx_btime.tv_nsec,
	};
	return 0;
}
