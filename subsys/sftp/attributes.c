/*
 * Attributes of names and of open files: shown, and set. What a name means is
 * pinned once, judged, and changed by its descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "policy/policy.h"
#include "root/digest_names.h"
#include "root/root.h"
#include "subsys/size_limit.h"
#include "subsys/sftp/ops.h"
#include "subsys/sftp/uploads.h"
#include "subsys/sftp/written.h"

static int
stat_name(struct sftp *sftp, const struct fields *fields, enum follow follow)
{
	const struct upload *upload = uploads_find(sftp, &fields->paths[0]);
	struct stat st;

	if (upload != NULL) {
		if (fstat(upload->file.fd, &st) != 0)
			return FAILED;
		out_attrs(&sftp->out, sftp->id, &st);
		return REPLIED;
	}
	if (root_cache_stat(&sftp->cache, &fields->paths[0], follow, &st) != 0)
		return FAILED;
	out_attrs(&sftp->out, sftp->id, &st);
	return REPLIED;
}

int
op_stat(struct sftp *sftp, const struct fields *fields)
{
	return stat_name(sftp, fields, FOLLOW);
}

int
op_lstat(struct sftp *sftp, const struct fields *fields)
{
	return stat_name(sftp, fields, NO_FOLLOW);
}

int
op_fstat(struct sftp *sftp, const struct fields *fields)
{
	const struct handle *handle =
	    handles_find_kind(&sftp->handles, &fields->handles[0], HANDLE_FILE);
	struct stat st;

	if (handle == NULL)
		return reply_status(sftp, STATUS_FAILURE);
	if (fstat(handle->fd, &st) != 0)
		return FAILED;
	out_attrs(&sftp->out, sftp->id, &st);
	return REPLIED;
}

unsigned
needs_attrs(const struct sftp *sftp, const struct fields *fields)
{
	unsigned acts = ACT_META;

	(void)sftp;
	if (fields->attrs.flags & ATTR_SIZE)
		acts |= ACT_WRITE;
	if (fields->attrs.flags & ATTR_UIDGID)
		acts |= ACT_OWNER;
	return acts;
}

/* A handle that was opened to be written may set the size: OPEN was asked. */
unsigned
needs_handle_attrs(const struct sftp *sftp, const struct fields *fields)
{
	const struct handle *handle =
	    handles_find_kind(&sftp->handles, &fields->handles[0], HANDLE_FILE);
	unsigned acts = needs_attrs(sftp, fields);

	if (handle != NULL && (handle->flags & OPEN_WRITE))
		acts &= ~(unsigned)ACT_WRITE;
	return acts;
}

/* May the request at hand change what is open? 0, or -1 with EPERM. */
static int
check_own(const struct sftp *sftp, int fd)
{
	if (sftp->grant.only == NULL || own_may_change(sftp->grant.only, fd))
		return 0;
	errno = EPERM;
	return -1;
}

/* The same of what is pinned, for as long as *held is open. */
static int
attributes_hold(const struct sftp *sftp, int fd, int *held)
{
	return sftp->grant.only == NULL ? 0
					: own_hold(sftp->grant.only, fd, held);
}

static int
parse_size(uint64_t size, off_t *end)
{
	if (num_to_off(size, end))
		return 0;
	errno = EINVAL;
	return -1;
}

/* Many clients set the size that a file has already. */
static int
change_size(struct sftp *sftp, int fd, off_t end)
{
	struct stat st;

	if (!size_limit_allows(sftp->job, (uint64_t)end))
		return -1;
	if (fstat(fd, &st) != 0 || st.st_size != end)
		written_spoil_file(sftp, fd);
	return ftruncate(fd, end);
}

static int
set_size_of_open(struct sftp *sftp, int fd, uint64_t size)
{
	off_t end;

	return parse_size(size, &end) != 0 ? -1 : change_size(sftp, fd, end);
}

/*
 * An impossible size is told before what the name is, as by OpenSSH. The file
 * that is truncated is the one that was pinned and judged.
 */
static int
set_size_of_pinned(struct sftp *sftp, int pinned, const struct fields *fields)
{
	uint64_t size = fields->attrs.size;
	auto_fd int fd = -1;
	off_t end;

	if (parse_size(size, &end) != 0)
		return -1;
	fd = root_open_pinned(sftp->job->root, pinned, &fields->paths[0],
	    O_WRONLY);
	if (fd < 0 || check_own(sftp, fd) != 0 ||
	    digest_names_may_change(sftp->job->root, fd) != 0)
		return -1;
	return change_size(sftp, fd, end);
}

/* OPEN gives handles of directories, too. */
static int
set_mode_of_open(const struct sftp *sftp, int fd, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	return fchmod(fd,
	    policy_mode(sftp->job->policy, mode, S_ISDIR(st.st_mode)));
}

static int
set_mode_of_pinned(struct sftp *sftp, int fd, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	if (S_ISLNK(st.st_mode)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return root_chmod_pinned(sftp->job->root, fd,
	    policy_mode(sftp->job->policy, mode, S_ISDIR(st.st_mode)));
}

/* Each step is tried, and the last error is told: as OpenSSH's server does. */
static int
set_attrs_of_open(struct sftp *sftp, int fd, const struct attrs *attrs)
{
	const struct timespec times[2] = { { .tv_sec = attrs->atime },
		{ .tv_sec = attrs->mtime } };
	int error = 0;

	if ((attrs->flags & ATTR_SIZE) &&
	    set_size_of_open(sftp, fd, attrs->size) != 0)
		error = errno;
	if ((attrs->flags & ATTR_PERMISSIONS) &&
	    set_mode_of_open(sftp, fd, attrs->permissions) != 0)
		error = errno;
	if ((attrs->flags & ATTR_ACMODTIME) && futimens(fd, times) != 0)
		error = errno;
	if ((attrs->flags & ATTR_UIDGID) &&
	    fchown(fd, attrs->uid, attrs->gid) != 0)
		error = errno;
	errno = error;
	return error == 0 ? DONE : FAILED;
}

/* The same for a name: by the O_PATH descriptor. */
static int
set_attrs_of_pinned(struct sftp *sftp, int fd, const struct fields *fields)
{
	const struct attrs *attrs = &fields->attrs;
	const struct timespec times[2] = { { .tv_sec = attrs->atime },
		{ .tv_sec = attrs->mtime } };
	int error = 0;

	if ((attrs->flags & ATTR_SIZE) &&
	    set_size_of_pinned(sftp, fd, fields) != 0)
		error = errno;
	if ((attrs->flags & ATTR_PERMISSIONS) &&
	    set_mode_of_pinned(sftp, fd, attrs->permissions) != 0)
		error = errno;
	if ((attrs->flags & ATTR_ACMODTIME) &&
	    utimensat(fd, "", times, AT_EMPTY_PATH) != 0)
		error = errno;
	if ((attrs->flags & ATTR_UIDGID) &&
	    fchownat(fd, "", attrs->uid, attrs->gid, AT_EMPTY_PATH) != 0)
		error = errno;
	errno = error;
	return error == 0 ? DONE : FAILED;
}

static int
set_attrs_of_name(struct sftp *sftp, const struct fields *fields,
    enum follow follow)
{
	const struct upload *upload = uploads_find(sftp, &fields->paths[0]);
	auto_fd int fd = -1;
	auto_fd int held = -1;

	/* A request that sets nothing succeeds, whatever it names. */
	if ((fields->attrs.flags & ATTR_ALL) == 0)
		return DONE;
	if (follow == NO_FOLLOW && (fields->attrs.flags & ATTR_SIZE)) {
		errno = EINVAL;
		return FAILED;
	}
	if (upload != NULL)
		return set_attrs_of_open(sftp, upload->file.fd, &fields->attrs);
	fd = root_pin(sftp->job->root, &fields->paths[0], follow);
	if (fd < 0 || attributes_hold(sftp, fd, &held) != 0)
		return FAILED;
	return set_attrs_of_pinned(sftp, fd, fields);
}

int
op_setstat(struct sftp *sftp, const struct fields *fields)
{
	return set_attrs_of_name(sftp, fields, FOLLOW);
}

int
op_lsetstat(struct sftp *sftp, const struct fields *fields)
{
	return set_attrs_of_name(sftp, fields, NO_FOLLOW);
}

int
op_fsetstat(struct sftp *sftp, const struct fields *fields)
{
	const struct handle *handle =
	    handles_find_kind(&sftp->handles, &fields->handles[0], HANDLE_FILE);
	auto_fd int held = -1;

	if (handle == NULL)
		return reply_status(sftp, STATUS_FAILURE);
	/* A file that was opened to be written was judged by OPEN. */
	if (!(handle->flags & OPEN_WRITE) &&
	    attributes_hold(sftp, handle->fd, &held) != 0)
		return FAILED;
	return set_attrs_of_open(sftp, handle->fd, &fields->attrs);
}
