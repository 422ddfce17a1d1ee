/* quotactl_fd(2): the one command that asks, and what its answer means. */
#include "root/quota.h"

#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif

#define GET_QUOTA 0x800007U /* Q_GETQUOTA of linux/quota.h */

enum { BLOCK = 1024 }; /* the unit of a limit on blocks */

/* struct if_dqblk of linux/quota.h, which clashes with sys/quota.h. */
struct kernel_quota {
	uint64_t blocks_hard, blocks_soft, bytes_used;
	uint64_t files_hard, files_soft, files_used;
	uint64_t blocks_until, files_until; /* when soft limits turn hard */
	uint32_t valid;
};

/*
 * A soft limit may be passed for a while, which the kernel counts from then on:
 * until it is over the hard limit holds, and from then on the soft one.
 */
static struct quota_share
share_of(uint64_t used, uint64_t hard, uint64_t soft, uint64_t until)
{
	bool is_over = soft != 0 && used >= soft && until != 0 &&
		       (uint64_t)time(NULL) >= until;
	struct quota_share share = { QUOTA_NONE, used };

	if (is_over || (hard == 0 && soft != 0))
		share.limit = soft;
	else if (hard != 0)
		share.limit = hard;
	return share;
}

static uint64_t
to_bytes(uint64_t blocks)
{
	return blocks < QUOTA_NONE / BLOCK ? blocks * BLOCK : QUOTA_NONE;
}

bool
quota_ask(int fd, enum quota_kind kind, uint32_t id, struct quota *quota)
{
	unsigned command = GET_QUOTA << 8 | (unsigned)kind;
	struct kernel_quota got;

	memset(&got, 0, sizeof(got));
	if (syscall(SYS_quotactl_fd, fd, command, id, &got) != 0)
		return false;
	quota->bytes = share_of(got.bytes_used, to_bytes(got.blocks_hard),
	    to_bytes(got.blocks_soft), got.blocks_until);
	quota->files = share_of(got.files_used, got.files_hard, got.files_soft,
	    got.files_until);
	return quota->bytes.limit != QUOTA_NONE ||
	       quota->files.limit != QUOTA_NONE;
}

uint64_t
quota_left(const struct quota_share *share)
{
	if (share->limit == QUOTA_NONE)
		return QUOTA_NONE;
	return share->used < share->limit ? share->limit - share->used : 0;
}

void
quota_tighten(struct quota *quota, const struct quota *other)
{
	if (quota_left(&other->bytes) < quota_left(&quota->bytes))
		quota->bytes = other->bytes;
	if (quota_left(&other->files) < quota_left(&quota->files))
		quota->files = other->files;
}

void
quota_apply(const struct quota *quota, struct statfs *fs)
{
	uint64_t unit =
	    (uint64_t)(fs->f_frsize != 0 ? fs->f_frsize : fs->f_bsize);
	uint64_t left = quota_left(&quota->bytes);

	if (quota->bytes.limit != QUOTA_NONE && unit != 0 &&
	    quota->bytes.limit / unit < fs->f_blocks) {
		fs->f_blocks = quota->bytes.limit / unit;
		fs->f_bfree = left / unit;
		if (fs->f_bavail > fs->f_bfree)
			fs->f_bavail = fs->f_bfree;
	}
	left = quota_left(&quota->files);
	/* A file system may tell no number of inodes: 0. */
	if (quota->files.limit != QUOTA_NONE &&
	    quota->files.limit < fs->f_files) {
		fs->f_files = quota->files.limit;
		if (fs->f_ffree > left)
			fs->f_ffree = left;
	}
}
