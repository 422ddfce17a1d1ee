/* READ, WRITE and fsync on files that are open (open.c). */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "policy/policy.h"
#include "subsys/size_limit.h"
#include "subsys/sftp/ops.h"
#include "subsys/sftp/uploads.h"
#include "subsys/sftp/written.h"

/*
 * A reply may be the file's own pages where this session has no file open to
 * write: else a reply could change while it waits. (Writes of other sessions
 * may show in any read.) Not for the first block: most files end in it, and
 * the calls cost more than they save.
 */
static bool
may_share_pages(const struct sftp *sftp, off_t offset)
{
	return offset > 0 && sftp->handles.writers == 0 &&
	       sftp->background.active == 0;
}

/* Reads straight into the reply; the length in front of it follows. */
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
	struct handle *handle =
	    handles_find_kind(&sftp->handles, &fields->handles[0], HANDLE_FILE);
	size_t len = (size_t)fields->numbers[1];
	ssize_t got = -1;
	off_t offset;

	if (handle == NULL)
		return reply_status(sftp, STATUS_FAILURE);
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
		return reply_status(sftp, STATUS_EOF);
	handle->read += (uint64_t)got;
	return REPLIED;
}

/* Goes on after a short write, so that the client hears what stopped it. */
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

/* The file's size once this is written. */
static uint64_t
size_after_write(const struct handle *handle, off_t offset,
    const struct slice *data)
{
	struct stat st;

	if ((handle->flags & OPEN_APPEND) && fstat(handle->fd, &st) == 0)
		offset = st.st_size;
	return (uint64_t)offset + data->len;
}

int
op_write(struct sftp *sftp, const struct fields *fields)
{
	struct handle *handle =
	    handles_find_kind(&sftp->handles, &fields->handles[0], HANDLE_FILE);
	off_t offset;

	if (handle == NULL)
		return reply_status(sftp, STATUS_FAILURE);
	if (!(handle->flags & OPEN_WRITE)) {
		errno = EBADF;
		return FAILED;
	}
	if (!num_to_off(fields->numbers[0], &offset)) {
		errno = EINVAL;
		return FAILED;
	}
	if (size_limit_allows(sftp->job,
		size_after_write(handle, offset, &fields->strings[0])) &&
	    write_all(handle, fields->strings[0], offset, &handle->written) ==
		0) {
		written_add(handle, offset, fields->strings[0].at,
		    fields->strings[0].len);
		return DONE;
	}
	written_spoil(handle);
	uploads_fail(handle->upload);
	return FAILED;
}

int
op_fsync(struct sftp *sftp, const struct fields *fields)
{
	const struct handle *handle =
	    handles_find_kind(&sftp->handles, &fields->handles[0], HANDLE_FILE);

	if (handle == NULL) {
		errno = EBADF;
		return FAILED;
	}
	/* A session that can't write has nothing to flush. */
	return policy_may_write(sftp->job->policy) ? fsync(handle->fd) : DONE;
}
