/*
 * Numbers are only asked to see whether it is worth a try: where they say that
 * nothing is left, the kernel is asked for one block, since it alone knows.
 */
#include "root/space.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "root/lookup.h"
#include "root/quota.h"

uint64_t
space_unit(const struct statfs *fs)
{
	if (fs->f_frsize > 0)
		return (uint64_t)fs->f_frsize;
	return fs->f_bsize > 0 ? (uint64_t)fs->f_bsize : 1;
}

void
space_limit(struct statfs *fs, uint64_t bytes)
{
	uint64_t blocks = bytes / space_unit(fs);

	if (bytes != UINT64_MAX && fs->f_bavail > blocks)
		fs->f_bavail = blocks;
}

bool
space_quota(const struct root *root, int fd, struct quota *quota)
{
	struct quota of_group;
	struct stat st;
	gid_t gid = root->gid;
	bool has_user = quota_ask(fd, QUOTA_USER, root->uid, quota);

	/* In such a directory files get its group. */
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) &&
	    (st.st_mode & S_ISGID) != 0)
		gid = st.st_gid;
	if (!quota_ask(fd, QUOTA_GROUP, gid, &of_group))
		return has_user;
	if (has_user)
		quota_tighten(quota, &of_group);
	else
		*quota = of_group;
	return true;
}

int
space_of_open(const struct root *root, int fd, struct statfs *fs)
{
	struct quota quota;

	if (fstatfs(fd, fs) != 0)
		return -1;
	if (space_quota(root, fd, &quota))
		quota_apply(&quota, fs);
	return 0;
}

int
space_of_path(struct root *root, const struct relpath *path, struct statfs *fs)
{
	auto_fd int fd = root_pin(root, path, FOLLOW);

	return fd < 0 ? -1 : space_of_open(root, fd, fs);
}

/* Do the numbers say that nothing is left? Returns why (an errno), or 0. */
static int
why_full(const struct root *root, int directory)
{
	struct quota quota;
	struct statfs fs;

	/* Some file systems have no size: 0 blocks. */
	if (fstatfs(directory, &fs) != 0 || fs.f_blocks == 0)
		return 0;
	/* What is kept for root may be root's. */
	if ((root->uid == 0 ? fs.f_bfree : fs.f_bavail) == 0)
		return ENOSPC;
	if (space_quota(root, directory, &quota) &&
	    (quota_left(&quota.bytes) < space_unit(&fs) ||
		quota_left(&quota.files) == 0))
		return EDQUOT;
	return 0;
}

/* Asks for one block. Returns 0 where it is given, else why it is not. */
static int
try_block(int directory, int presumed)
{
	auto_fd int fd =
	    root_walk_in(directory, ".", O_TMPFILE | O_WRONLY, 0600);

	if (fd >= 0 && fallocate(fd, 0, 0, 1) == 0)
		return 0;
	if (errno == ENOSPC || errno == EDQUOT)
		return errno;
	/* No answer by this way: presume, or let the open itself fail. */
	return errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL ||
		       errno == ENOSYS
		   ? presumed
		   : 0;
}

/* Was there room a moment ago? */
static bool
had_room(struct root *root)
{
	struct timespec now;

	return clock_gettime(CLOCK_MONOTONIC_COARSE, &now) == 0 &&
	       root->had_room_at == now.tv_sec + 1;
}

static void
remember_room(struct root *root)
{
	struct timespec now;

	/* 0 is never. */
	if (clock_gettime(CLOCK_MONOTONIC_COARSE, &now) == 0)
		root->had_room_at = now.tv_sec + 1;
}

int
space_for_new(struct root *root, const struct relpath *path)
{
	char name[NAME_MAX + 1];
	auto_fd int directory = -1;
	int error;

	if (had_room(root))
		return 0;
	directory = root_walk_parent(root, path, NAME_NEW, name);
	if (directory < 0)
		return 0;
	error = why_full(root, directory);
	if (error != 0)
		error = try_block(directory, error);
	if (error == 0)
		remember_room(root);
	errno = error;
	return error == 0 ? 0 : -1;
}

const char *
space_words(int error)
{
	switch (error) {
	case ENOSPC:
		return "disk full: no space is left on the server";
	case EDQUOT:
		return "quota exceeded: the account's space is used up";
	default:
		return NULL;
	}
}
