/* Requests about open files. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/num.h"
#include "core/mode.h"
#include "core/policy.h"
#include "core/root_own.h"
#include "subsys/sftp/ops.h"
#include "subsys/sftp/uploads.h"

static struct handle *
find(const struct sftp *sftp, const struct slice *name, enum handle_kind kind)
{
	struct handle *handle =
	    handles_find(&sftp->handles, name->at, name->len);

	return handle != NULL && handle->kind == kind ? handle : NULL;
}

unsigned
needs_open(const struct sftp *sftp, const struct fields *fields)
{
	unsigned flags = (unsigned)fields->numbers[0];
	unsigned acts = 0;

	(void)sftp;
	if ((flags & OPEN_READ) || !(flags & OPEN_WRITE))
		acts |= ACT_READ;
	if (flags & OPEN_CREAT)
		return acts | ACT_CREATE;
	if (flags & (OPEN_WRITE | OPEN_TRUNC))
		acts |= ACT_WRITE;
	return acts;
}

static int
open_flags(unsigned flags)
{
	int result = O_RDONLY;

	if (flags & OPEN_WRITE)
		result = (flags & OPEN_READ) ? O_RDWR : O_WRONLY;
	if (flags & OPEN_APPEND)
		result |= O_APPEND;
	if (flags & OPEN_CREAT)
		result |= O_CREAT;
	if (flags & OPEN_TRUNC)
		result |= O_TRUNC;
	if ((flags & OPEN_CREAT) && (flags & OPEN_EXCL))
		result |= O_EXCL;
	return result;
}

int
open_to_change(struct sftp *sftp, const struct relpath *path, int flags,
    mode_t mode)
{
	int fd = -1;

	switch (answer_for(sftp, ACT_WRITE)) {
	case ANSWER_YES:
		return rootcache_open_file(&sftp->cache, path, flags, mode);
	case ANSWER_OWN:
		return root_own_open(sftp->job->root, path, flags, mode,
		    &sftp->own);
	case ANSWER_NO:
		if (!(flags & O_CREAT)) {
			fd = root_pin(sftp->job->root, path, FOLLOW);
			if (fd >= 0)
				errno = EPERM;
			auto_close_fd(&fd);
			break;
		}
		fd = rootcache_open_file(&sftp->cache, path, flags | O_EXCL,
		    mode);
		if (fd < 0 && errno == EEXIST && !(flags & O_EXCL))
			errno = EPERM;
		break;
	}
	return fd;
}

/* By the way that the flags ask for; *upload as uploads_open says. */
static int
open_by_flags(struct sftp *sftp, const struct relpath *path, unsigned flags,
    mode_t mode, struct upload **upload)
{
	int how = open_flags(flags);
	const struct upload *pending;

	*upload = NULL;
	if ((flags & OPEN_WRITE) && sftp->job->policy->atomic_uploads)
		return uploads_open(sftp, path, how, mode, upload);
	if (flags & (OPEN_WRITE | OPEN_TRUNC))
		return open_to_change(sftp, path, how, mode);
	pending = uploads_find(sftp, path);
	if (pending != NULL)
		return root_upload_open(sftp->job->root, &pending->file,
		    O_RDONLY);
	return rootcache_open_file(&sftp->cache, path, how, mode);
}

/* A mode that the policy forces is not for the umask to change. */
static int
open_with_mode(struct sftp *sftp, const struct fields *fields,
    struct upload **upload)
{
	const struct policy *policy = sftp->job->policy;
	const struct attrs *attrs = &fields->attrs;
	bool forced = policy->file_mode != MODE_UNSET;
	mode_t mask = forced ? umask(0) : 0;
	mode_t mode = policy_mode(policy,
	    (attrs->flags & ATTR_PERMISSIONS) ? attrs->permissions : 0666,
	    false);
	int fd = open_by_flags(sftp, &fields->paths[0],
	    (unsigned)fields->numbers[0], mode, upload);

	if (forced)
		umask(mask);
	return fd;
}

int
op_open(struct sftp *sftp, const struct fields *fields)
{
	unsigned flags = (unsigned)fields->numbers[0];
	unsigned char name[HANDLE_BYTES];
	not_zeroed char path[PATH_MAX + 1];
	struct upload *upload;
	struct handle *handle;
	int fd = open_with_mode(sftp, fields, &upload);

	if (fd < 0)
		return FAILED;
	uploads_hold(upload);
	path[0] = '/';
	memcpy(path + 1, fields->paths[0].bytes, fields->paths[0].len + 1);
	if (strcmp(path, "/.") == 0)
		path[1] = '\0';
	handle = handles_add(&sftp->handles, HANDLE_FILE, fd, path);
	if (handle == NULL) {
		close(fd);
		if (uploads_release(upload, false) != 0)
			return FAILED;
		errno = EMFILE;
		return FAILED;
	}
	handle->upload = upload;
	handles_opened(&sftp->handles, handle, flags);
	handles_name(&sftp->handles, handle, name);
	out_handle(&sftp->out, sftp->id, name, sizeof(name));
	if (flags & (OPEN_WRITE | OPEN_CREAT | OPEN_TRUNC))
		record_handle(sftp, "open", handle, "ok");
	return REPLIED;
}

/* Closes it, and what was written aside gets its name. */
static int
close_file(struct sftp *sftp, struct handle *handle, struct upload *upload)
{
	int closed = handles_remove(&sftp->handles, handle);
	int error = errno;

	if (uploads_release(upload, closed == 0) != 0)
		return FAILED;
	errno = error;
	return closed;
}

int
op_close(struct sftp *sftp, const struct fields *fields)
{
	struct handle *handle = handles_find(&sftp->handles,
	    fields->handles[0].at, fields->handles[0].len);
	struct handle was;
	auto_free char *path = NULL;
	int result;

	if (handle == NULL) {
		errno = EBADF;
		return FAILED;
	}
	if (handle->kind != HANDLE_FILE)
		return handles_remove(&sftp->handles, handle);
	was = *handle;
	path = take_memory(&handle->path);
	result = close_file(sftp, handle, was.upload);
	record_handle(sftp, "close", &was,
	    result == 0 ? "ok" : status_word(status_of(errno)));
	return result;
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
	       sftp->works.active == 0;
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
	struct statvfs vfs;

	if (handle == NULL)
		return answer(sftp, STATUS_FAILURE);
	if (fstatvfs(handle->fd, &vfs) != 0)
		return FAILED;
	return reply_statvfs(sftp, &vfs);
}
