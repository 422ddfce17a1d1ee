/* copy-data and copy-file; background.c moves the bytes, slice by slice. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "policy/policy.h"
#include "root/root.h"
#include "subsys/size_limit.h"
#include "subsys/sftp/open.h"
#include "subsys/sftp/ops.h"
#include "subsys/umask.h"
#include "subsys/sftp/uploads.h"
#include "subsys/sftp/written.h"

static bool
is_one_file(int a, int b)
{
	struct stat one, other;

	return fstat(a, &one) != 0 || fstat(b, &other) != 0 ||
	       (one.st_dev == other.st_dev && one.st_ino == other.st_ino);
}

/* Asked before the copy begins; background.c stops one that grows beyond. */
static bool
result_is_allowed(struct sftp *sftp, const struct background_task *task)
{
	uint64_t more = 0;
	struct stat st;

	if (task->max_size == 0)
		return true;
	if (fstat(task->from, &st) == 0 && st.st_size > task->read_at)
		more = (uint64_t)(st.st_size - task->read_at);
	if (more > task->left)
		more = task->left;
	return size_limit_allows(sftp->job, (uint64_t)task->write_at + more);
}

/* The task gets its own descriptors: the client may close its handles. */
int
op_copy_data(struct sftp *sftp, const struct fields *fields)
{
	struct handle *from =
	    handles_find_kind(&sftp->handles, &fields->handles[0], HANDLE_FILE);
	struct handle *to =
	    handles_find_kind(&sftp->handles, &fields->handles[1], HANDLE_FILE);
	struct background_task task = { .id = sftp->id,
		.exact = true,
		.max_size = sftp->job->policy->max_file_size };

	if (from == NULL || to == NULL || is_one_file(from->fd, to->fd))
		return reply_status(sftp, STATUS_FAILURE);
	if (!(to->flags & OPEN_WRITE)) {
		errno = EBADF;
		return FAILED;
	}
	task.append = (to->flags & OPEN_APPEND) != 0;
	if (!num_to_off(fields->numbers[0], &task.read_at) ||
	    (!num_to_off(fields->numbers[2], &task.write_at) && !task.append)) {
		errno = EINVAL;
		return FAILED;
	}
	task.left = fields->numbers[1];
	if (task.left == 0) {
		task.left = UINT64_MAX;
		task.exact = false;
	}
	task.from = fcntl(from->fd, F_DUPFD_CLOEXEC, 3);
	task.to = fcntl(to->fd, F_DUPFD_CLOEXEC, 3);
	if (task.from < 0 || task.to < 0 || !result_is_allowed(sftp, &task)) {
		/* As a WRITE that fails. */
		uploads_fail(to->upload);
		auto_close_fd(&task.from);
		auto_close_fd(&task.to);
		return FAILED;
	}
	task.upload = to->upload;
	/* The handle may be closed, and told to be on the disk, before. */
	task.keeps = to->upload == NULL ? sftp->job->root : NULL;
	uploads_hold(task.upload);
	written_spoil_file(sftp, task.to);
	return background_start(&sftp->background, &task) == 0 ? BEGUN : FAILED;
}

static bool
is_onto_itself(struct sftp *sftp, int from, const struct relpath *to)
{
	auto_fd int fd = root_pin(sftp->job->root, to, FOLLOW);

	return fd >= 0 && is_one_file(from, fd);
}

/* Written aside: the file appears when the copy is complete. */
static int
open_copy_aside(struct sftp *sftp, const struct fields *fields, int from,
    mode_t mode, struct upload **upload)
{
	const struct relpath *path = &fields->paths[1];

	if (fields->numbers[0] == 0)
		return uploads_create(sftp, path, O_WRONLY, mode, upload);
	if (is_onto_itself(sftp, from, path)) {
		errno = EEXIST;
		return -1;
	}
	return open_to_write(sftp, path, O_WRONLY | O_CREAT | O_TRUNC, mode,
	    upload);
}

/* EEXIST where the client forbids to overwrite, and for a copy onto itself. */
static int
open_target(struct sftp *sftp, const struct fields *fields, int from,
    mode_t mode, struct upload **upload)
{
	int flags = O_WRONLY | O_CREAT | (fields->numbers[0] ? 0 : O_EXCL);
	auto_fd int fd = -1;

	*upload = NULL;
	if (sftp->job->policy->atomic_uploads) {
		fd = open_copy_aside(sftp, fields, from, mode, upload);
		uploads_hold(*upload);
		return take_fd(&fd);
	}
	fd = open_in_place(sftp, &fields->paths[1], flags, mode);
	if (fd < 0)
		return -1;
	if (is_one_file(from, fd)) {
		errno = EEXIST;
		return -1;
	}
	return ftruncate(fd, 0) == 0 ? take_fd(&fd) : -1;
}

int
op_copy_file(struct sftp *sftp, const struct fields *fields)
{
	const struct policy *policy = sftp->job->policy;
	struct background_task task = { .id = sftp->id,
		.left = UINT64_MAX,
		.max_size = policy->max_file_size,
		.whole = true,
		.keeps = policy->atomic_uploads ? NULL : sftp->job->root };
	auto_fd int from =
	    root_open_file(sftp->job->root, &fields->paths[0], O_RDONLY, 0);
	auto_umask mode_t mask = umask_take(policy->file_mode);
	struct stat st;

	if (from < 0 || fstat(from, &st) != 0)
		return FAILED;
	if (!S_ISREG(st.st_mode)) {
		errno = EISDIR;
		return FAILED;
	}
	if (!size_limit_allows(sftp->job, (uint64_t)st.st_size))
		return FAILED;
	task.to = open_target(sftp, fields, from,
	    policy_mode(policy, st.st_mode & 0777, false), &task.upload);
	if (task.to < 0)
		return FAILED;
	task.from = take_fd(&from);
	task.path = xstrdup(fields->paths[0].bytes);
	task.to_path = xstrdup(fields->paths[1].bytes);
	written_spoil_file(sftp, task.to);
	return background_start(&sftp->background, &task) == 0 ? BEGUN : FAILED;
}
