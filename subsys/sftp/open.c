/*
 * OPEN and CLOSE: what the flags need, which way a file is opened (as it
 * stands, only if it is own, or written aside), and how it gets its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/policy.h"
#include "root/own_changes.h"
#include "subsys/sftp/ops.h"
#include "subsys/sftp/uploads.h"

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
		return root_cache_open_file(&sftp->cache, path, flags, mode);
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
		fd = root_cache_open_file(&sftp->cache, path, flags | O_EXCL,
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
	return root_cache_open_file(&sftp->cache, path, how, mode);
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
		sftp_record_handle(sftp, "open", handle, "ok");
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
	sftp_record_handle(sftp, "close", &was,
	    result == 0 ? "ok" : status_word(status_of(errno)));
	return result;
}
