/*
 * Creates with O_EXCL first wherever it matters whether we did: what is
 * created is own, what exists is judged. Trusts the caller for the answer.
 */
#include "root/writing.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "root/own_changes.h"

/* What is created is own: its mode and times may be set afterwards. */
static int
create_own(const struct writing *writing, const struct relpath *path, int flags,
    mode_t mode)
{
	int fd =
	    root_cache_open_file(writing->cache, path, flags | O_EXCL, mode);

	if (fd >= 0)
		own_add(writing->own, fd);
	return fd;
}

/* Creates the file as own, or opens one that exists, whosever it is. */
static int
create_own_or_open(const struct writing *writing, const struct relpath *path,
    int flags, mode_t mode)
{
	int fd;

	if (flags & O_CREAT) {
		fd = create_own(writing, path, flags, mode);
		if (fd >= 0 || errno != EEXIST || (flags & O_EXCL))
			return fd;
	}
	return root_cache_open_file(writing->cache, path, flags, mode);
}

/* Nothing that exists may be changed: creates, or fails. */
static int
open_new_only(const struct writing *writing, const struct relpath *path,
    int flags, mode_t mode)
{
	auto_fd int fd = -1;

	if (flags & O_CREAT) {
		fd = create_own(writing, path, flags, mode);
		if (fd < 0 && errno == EEXIST && !(flags & O_EXCL))
			errno = EPERM;
		return take_fd(&fd);
	}
	/* A name that is missing is told as missing. */
	fd = root_pin(writing->cache->root, path,
	    (flags & O_NOFOLLOW) != 0 ? NO_FOLLOW : FOLLOW);
	if (fd >= 0)
		errno = EPERM;
	return -1;
}

static int
open_as_answered(const struct writing *writing, const struct relpath *path,
    int flags, mode_t mode)
{
	switch (writing->existing) {
	case ANSWER_YES:
		return writing->keeps_own
			   ? create_own_or_open(writing, path, flags, mode)
			   : root_cache_open_file(writing->cache, path, flags,
				 mode);
	case ANSWER_OWN:
		return root_own_open(writing->cache->root, path, flags, mode,
		    writing->own);
	case ANSWER_NO:
		break;
	}
	return open_new_only(writing, path, flags, mode);
}

/*
 * The kernel takes the bits from what is written, but not where root writes:
 * there they would stand on what the client sent.
 */
static int
drop_set_id(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	return S_ISREG(st.st_mode) && (st.st_mode & (S_ISUID | S_ISGID)) != 0
		   ? fchmod(fd, st.st_mode & 01777)
		   : 0;
}

int
writing_open(const struct writing *writing, const struct relpath *path,
    int flags, mode_t mode)
{
	auto_fd int fd = open_as_answered(writing, path, flags, mode);

	if (fd >= 0 && writing->cache->root->uid == 0 &&
	    !writing->keeps_set_id && (flags & FD_ACCESS) != O_RDONLY &&
	    drop_set_id(fd) != 0)
		return -1;
	return take_fd(&fd);
}

enum replacing
writing_replaces(enum answer existing)
{
	switch (existing) {
	case ANSWER_YES:
		return REPLACE_ANY;
	case ANSWER_OWN:
		return REPLACE_OWN;
	case ANSWER_NO:
		break;
	}
	return REPLACE_NOTHING;
}

int
writing_make_alike(const struct policy *policy, int fd, const struct stat *old)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	if (st.st_uid != old->st_uid &&
	    fchown(fd, old->st_uid, old->st_gid) != 0)
		return -1;
	/* A group that we are not in is lost, as with any new file. */
	if (st.st_gid != old->st_gid && fchown(fd, (uid_t)-1, old->st_gid) != 0)
		errno = 0;
	return policy->file_mode != MODE_UNSET
		   ? 0
		   : fchmod(fd, policy_mode(policy, old->st_mode, false));
}
