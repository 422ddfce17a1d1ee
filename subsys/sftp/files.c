/* Requests about files that are open: open.c opened them. */
#include <errno.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/num.h"
#include "policy/mode.h"
#include "policy/policy.h"
#include "root/own.h"
#include "subsys/sftp/ops.h"
#include "subsys/sftp/uploads.h"

static struct handle *
find(const struct sftp *sftp, const struct slice *name, enum handle_kind kind)
{
	struct handle *handle =
	    handles_find(&sftp->handles, name->at, name->len);

	return handle != NULL && handle->kind == kind ? handle : NULL;
}

/*
 * A reply may be the file's own pages where nobody in this session can write
 * to any file; what other sessions write comes torn in any case. Most files
 * end in their first block, which is not worth it.
 */
static bool
may_share_pages(const struct sftp *sftp, off_t offset)
{
	return offset > 0 && sftp->handles.writers == 0 &&
	       sftp->background.active == 0;
}

/* Straight into the reply, behind the length that is not known yet. */
static ssize_t
read_into_reply(struct sftp *sftp, int fd, off_t offset, size_t len)
{
	struct buf packet =
	    out_begin(&sftp->out, PACKET_DATA, sftp->id, len + 4);
	ssize_t got = pread(fd, packet.bytes + packet.len + 4, len, offset);

	if (got > 0 || (got == 0 && len == 0)) {
		buf_add_u32(&packet, (uint32_t)got);
		packet.len += (size_t)got;
		out_end(&sftp->out, &packet);
	}
	return got;
}

int
op_read(struct sftp *sftp, const struct fields *fields)
{
	struct handle *handle = find(sftp, &fields->handles[0], HANDLE_FILE);
	size_t len = (size_t)fields->numbers[1];
	ssize_t got = -1;
	off_t offset;

	if (handle == NULL)
		return answer(sftp, STATUS_FAILURE);
	errno = EINVAL;
	if (!num_to_off(fields->numbers[0], &offset))
		return FAILED;
	if (len > READ_MAX)
		len = READ_MAX;
	if (sftp->pace.limited &&
	    !pace_has(&sftp->pace, out_waiting(&sftp->out) + len)) {
		out_status(&sftp->out, sftp->id, STATUS_FAILURE, 0,
		    "Failure: the session has moved as many bytes as it may "
		    "(max-session-bytes)");
		return REPLIED;
	}
	if (may_share_pages(sftp, offset))
		got = out_pages(&sftp->out, sftp->id, handle->fd, offset, len);
	if (got < 0 && errno == EINVAL)
		got = read_into_reply(sftp, handle->fd, offset, len);
	if (got < 0)
		return FAILED;
	if (got == 0 && len > 0)
		return answer(sftp, STATUS_EOF);
	handle->read += (uint64_t)got;
	return REPLIED;
}

/* Goes on after a short write: what stopped it is what is told. */
static int
write_all(const struct handle *handle, struct slice data, off_t offset,
    uint64_t *written)
{
	while (data.len > 0) {
		ssize_t put =
		    (handle->flags & OPEN_APPEND)
			? write(handle->fd, data.at, data.len)
			: pwrite(handle->fd, data.at, data.len, offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		data.at += put;
		data.len -= (size_t)put;
		offset += put;
		*written += (uint64_t)put;
	}
	return 0;
}

/* Where the file ends once this is written. */
static uint64_t
end_of(const struct handle *handle, off_t offset, const struct slice *data)
{
	struct stat st;

	if ((handle->flags & OPEN_APPEND) && fstat(handle->fd, &st) == 0)
		offset = st.st_size;
	return (uint64_t)offset + data->len;
}

int
op_write(struct sftp *sftp, const struct fields *fields)
{
	struct handle *handle = find(sftp, &fields->handles[0], HANDLE_FILE);
	off_t offset;

	if (handle == NULL)
		return answer(sftp, STATUS_FAILURE);
	if (!(handle->flags & OPEN_WRITE)) {
		errno = EBADF;
		return FAILED;
	}
	if (!num_to_off(fields->numbers[0], &offset)) {
		errno = EINVAL;
		return FAILED;
	}
	if (may_have_size(sftp, end_of(handle, offset, &fields->strings[0])) &&
	    write_all(handle, fields->strings[0], offset, &handle->written) ==
		0)
		return DONE;
	uploads_fail(handle->upload);
	return FAILED;
}

int
op_fstat(struct sftp *sftp, const struct fields *fields)
{
	const struct handle *handle =
	    find(sftp, &fields->handles[0], HANDLE_FILE);
	struct stat st;

	if (handle == NULL)
		return answer(sftp, STATUS_FAILURE);
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

/* The size of what was opened to be written has been allowed already. */
unsigned
needs_handle_attrs(const struct sftp *sftp, const struct fields *fields)
{
	const struct handle *handle =
	    find(sftp, &fields->handles[0], HANDLE_FILE);
	unsigned acts = needs_attrs(sftp, fields);

	if (handle != NULL && (handle->flags & OPEN_WRITE))
		acts &= ~(unsigned)ACT_WRITE;
	return acts;
}

/* A handle of OPEN may be of a directory. */
static int
set_mode(const struct sftp *sftp, int fd, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	return fchmod(fd,
	    policy_mode(sftp->job->policy, mode, S_ISDIR(st.st_mode)));
}

static int
set_size(struct sftp *sftp, int fd, uint64_t size)
{
	off_t end;

	if (!num_to_off(size, &end)) {
		errno = EINVAL;
		return -1;
	}
	return may_have_size(sftp, size) ? ftruncate(fd, end) : -1;
}

/* Each step is tried, the last error wins: as OpenSSH's server does it. */
int
set_attrs_of_open(struct sftp *sftp, int fd, const struct attrs *attrs)
{
	const struct timespec times[2] = { { .tv_sec = attrs->atime },
		{ .tv_sec = attrs->mtime } };
	int error = 0;

	if ((attrs->flags & ATTR_SIZE) && set_size(sftp, fd, attrs->size) != 0)
		error = errno;
	if ((attrs->flags & ATTR_PERMISSIONS) &&
	    set_mode(sftp, fd, attrs->permissions) != 0)
		error = errno;
	if ((attrs->flags & ATTR_ACMODTIME) && futimens(fd, times) != 0)
		error = errno;
	if ((attrs->flags & ATTR_UIDGID) &&
	    fchown(fd, attrs->uid, attrs->gid) != 0)
		error = errno;
	errno = error;
	return error == 0 ? DONE : FAILED;
}

int
op_fsetstat(struct sftp *sftp, const struct fields *fields)
{
	const struct handle *handle =
	    find(sftp, &fields->handles[0], HANDLE_FILE);

	if (handle == NULL)
		return answer(sftp, STATUS_FAILURE);
	/* What was opened to be written has been judged then. */
	if (sftp->only != NULL && !(handle->flags & OPEN_WRITE) &&
	    !own_is(sftp->only, handle->fd)) {
		errno = EPERM;
		return FAILED;
	}
	return set_attrs_of_open(sftp, handle->fd, &fields->attrs);
}

int
op_fsync(struct sftp *sftp, const struct fields *fields)
{
	const struct handle *handle =
	    find(sftp, &fields->handles[0], HANDLE_FILE);

	if (handle == NULL) {
		errno = EBADF;
		return FAILED;
	}
	return policy_may_write(sftp->job->policy) ? fsync(handle->fd) : DONE;
}

int
op_fstatvfs(struct sftp *sftp, const struct fields *fields)
{
	const struct handle *handle =
	    find(sftp, &fields->handles[0], HANDLE_FILE);
	struct statfs fs;

	if (handle == NULL)
		return answer(sftp, STATUS_FAILURE);
	if (fstatfs(handle->fd, &fs) != 0)
		return FAILED;
	return reply_statvfs(sftp, &fs);
}
