/*
 * OPEN and CLOSE. A file is opened in place, or written aside and given its
 * name when it is closed (uploads.h). What the client may do to a file that
 * exists was asked at the gate: sftp->grant holds the answer.
 */
#include "subsys/sftp/open.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "policy/policy.h"
#include "root/digest_names.h"
#include "root/durable.h"
#include "root/space.h"
#include "root/writing.h"
#include "subsys/sftp/ops.h"
#include "subsys/sftp/sftp_record.h"
#include "subsys/umask.h"
#include "subsys/sftp/uploads.h"
#include "subsys/sftp/written.h"

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

static struct writing
writing_as(struct sftp *sftp, enum answer existing)
{
	return (struct writing){ .cache = &sftp->cache,
		.own = &sftp->own,
		.existing = existing,
		.keeps_own = sftp->rights.own != 0,
		.keeps_set_id = sftp->job->policy->set_id };
}

int
open_in_place(struct sftp *sftp, const struct relpath *path, int flags,
    mode_t mode)
{
	const struct writing writing = writing_as(sftp, sftp->grant.existing);

	return writing_open(&writing, path, flags, mode);
}

/* Opens what exists; its contents may not be what its name tells of them. */
static int
open_to_change(struct sftp *sftp, const struct relpath *path, int flags)
{
	auto_fd int fd =
	    open_in_place(sftp, path, flags & ~(O_CREAT | O_TRUNC), 0);

	if (fd >= 0 && !(flags & O_TRUNC) &&
	    digest_names_may_change(sftp->job->root, fd) != 0)
		return -1;
	return take_fd(&fd);
}

/*
 * A new file is written aside, and one that is emptied (O_TRUNC); an existing
 * file that is appended to or changed is opened in place. So is a new one with
 * O_EXCL (a lock) or O_APPEND, unless the mode is create-only, or the name
 * tells the contents: with O_EXCL it is the last one, else a symlink's.
 */
static int
open_aside(struct sftp *sftp, const struct relpath *path, int flags,
    mode_t mode, struct upload **upload)
{
	const struct root *root = sftp->job->root;
	bool all_new_ones = sftp->job->policy->mode == MODE_CREATE_ONLY;
	struct upload *pending = uploads_find(sftp, path);
	int fd;

	if (pending != NULL)
		return uploads_join(sftp, pending, flags, upload);
	if (flags & O_EXCL)
		return all_new_ones || digest_names_hold_for_path(root, path)
			   ? uploads_create(sftp, path, flags, mode, upload)
			   : open_in_place(sftp, path, flags, mode);
	fd = open_to_change(sftp, path, flags);
	if (fd >= 0)
		return (flags & O_TRUNC)
			   ? uploads_replace(sftp, path, flags, fd, upload)
			   : fd;
	if (errno != ENOENT || !(flags & O_CREAT))
		return -1;
	if ((flags & O_APPEND) && !all_new_ones && !root->verifies)
		return open_in_place(sftp, path, flags, mode);
	return uploads_begin(sftp, path, flags, mode, upload);
}

int
open_to_write(struct sftp *sftp, const struct relpath *path, int flags,
    mode_t mode, struct upload **upload)
{
	*upload = NULL;
	if (sftp->job->policy->atomic_uploads)
		return open_aside(sftp, path, flags, mode, upload);
	return open_in_place(sftp, path, flags, mode);
}

/* A file that is on its way is read where it is written. */
static int
open_to_read(struct sftp *sftp, const struct relpath *path, int flags,
    mode_t mode)
{
	const struct writing writing = writing_as(sftp, ANSWER_YES);
	const struct upload *pending = uploads_find(sftp, path);

	if (pending != NULL)
		return root_upload_open(sftp->job->root, &pending->file,
		    O_RDONLY);
	return writing_open(&writing, path, flags, mode);
}

/* By the way that the flags ask for; *upload as open_to_write says. */
static int
open_by_flags(struct sftp *sftp, const struct fields *fields,
    struct upload **upload)
{
	const struct policy *policy = sftp->job->policy;
	const struct attrs *attrs = &fields->attrs;
	unsigned flags = (unsigned)fields->numbers[0];
	bool has_mode = (attrs->flags & ATTR_PERMISSIONS) != 0;
	mode_t mode =
	    policy_mode(policy, has_mode ? attrs->permissions : 0666, false);
	auto_umask mode_t mask = umask_take(policy->file_mode);

	*upload = NULL;
	if (flags & OPEN_WRITE)
		return open_to_write(sftp, &fields->paths[0], open_flags(flags),
		    mode, upload);
	/* Without OPEN_WRITE no close compares the contents with the name. */
	if (sftp->job->root->verifies && (flags & (OPEN_CREAT | OPEN_TRUNC))) {
		errno = DIGEST_NAMES_REFUSED;
		return -1;
	}
	if (flags & OPEN_TRUNC)
		return open_in_place(sftp, &fields->paths[0], open_flags(flags),
		    mode);
	return open_to_read(sftp, &fields->paths[0], open_flags(flags), mode);
}

/*
 * A new file without room for its content is not begun: FileZilla and others
 * repeat an upload that fails later, for ever. A file that is there may get
 * smaller; one that must be new (O_EXCL) is a lock, which may well be empty.
 * Returns 0, or -1 with errno.
 */
static int
room_for(struct sftp *sftp, const struct relpath *path, unsigned flags)
{
	const unsigned uploads = OPEN_WRITE | OPEN_CREAT;
	struct stat st;
	int error;

	if ((flags & (uploads | OPEN_EXCL)) != uploads ||
	    space_for_new(sftp->job->root, path) == 0)
		return 0;
	error = errno;
	if (root_stat(sftp->job->root, path, FOLLOW, &st) == 0)
		return 0;
	errno = error;
	return -1;
}

int
op_open(struct sftp *sftp, const struct fields *fields)
{
	unsigned flags = (unsigned)fields->numbers[0];
	unsigned char name[HANDLE_BYTES];
	struct upload *upload;
	struct handle *handle;
	int fd;

	if (room_for(sftp, &fields->paths[0], flags) != 0)
		return FAILED;
	fd = open_by_flags(sftp, fields, &upload);
	if (fd < 0)
		return FAILED;
	uploads_hold(upload);
	handle = handles_add(&sftp->handles, HANDLE_FILE, flags, fd,
	    fields->paths[0].bytes);
	if (handle == NULL) {
		close(fd);
		if (uploads_release(upload, false, NULL) != 0)
			return FAILED;
		errno = EMFILE;
		return FAILED;
	}
	handle->upload = upload;
	if (flags & OPEN_WRITE)
		written_begin(sftp, handle);
	else if (flags & OPEN_TRUNC)
		written_spoil_file(sftp, fd);
	handles_name(&sftp->handles, handle, name);
	out_handle(&sftp->out, sftp->id, name, sizeof(name));
	if (flags & (OPEN_WRITE | OPEN_CREAT | OPEN_TRUNC))
		sftp_record_opened(sftp, handle);
	return REPLIED;
}

/*
 * Closes the file; what was written aside gets its name. digest: NULL where
 * none is known of what was written.
 */
static int
close_file(struct sftp *sftp, struct handle *handle, struct upload *upload,
    const unsigned char *digest)
{
	bool in_place = (handle->flags & OPEN_WRITE) != 0 && upload == NULL;
	int synced =
	    in_place ? durable_named_file(sftp->job->root, handle->fd) : 0;
	int error = errno;
	int closed = handles_remove(&sftp->handles, handle);

	if (closed != 0)
		error = errno;
	if (uploads_release(upload, closed == 0, digest) != 0)
		return FAILED;
	if (synced != 0)
		closed = -1;
	errno = error;
	return closed;
}

int
op_close(struct sftp *sftp, const struct fields *fields)
{
	struct handle *handle =
	    handles_find(&sftp->handles, &fields->handles[0]);
	unsigned char whole[HASH_SHA256_BYTES];
	const unsigned char *digest = NULL;
	auto_free char *path = NULL;
	struct handle was;
	int result;

	if (handle == NULL) {
		errno = EBADF;
		return FAILED;
	}
	if (handle->kind != HANDLE_FILE)
		return handles_remove(&sftp->handles, handle);
	if (written_end(handle, whole))
		digest = whole;
	was = *handle;
	path = take_memory(&handle->path);
	result = close_file(sftp, handle, was.upload, digest);
	sftp_record_closed(sftp, &was, result == 0 ? digest : NULL,
	    result == 0 ? "ok" : status_word(status_of(errno)));
	return result;
}
