/* Requests that copy from file to file; the bytes go in slices (task.c). */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "policy/policy.h"
#include "root/root.h"
#include "subsys/sftp/ops.h"
#include "subsys/sftp/uploads.h"

static bool
same_file(int a, int b)
{
	struct stat one, other;

	return fstat(a, &one) != 0 || fstat(b, &other) != 0 ||
	       (one.st_dev == other.st_dev && one.st_ino == other.st_ino);
}

static struct handle *
find(const struct sftp *sftp, const struct slice *name)
{
	struct handle *handle =
	    handles_find(&sftp->handles, name->at, name->len);

	return handle != NULL && handle->kind == HANDLE_FILE ? handle : NULL;
}

/* As far as can be known before it is done; task.c sees to the rest. */
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
	return may_have_size(sftp, (uint64_t)task->write_at + more);
}

/* Descriptors of its own: the client may close its handles meanwhile. */
int
op_copy_data(struct sftp *sftp, const struct fields *fields)
{
	struct handle *from = find(sftp, &fields->handles[0]);
	struct handle *to = find(sftp, &fields->handles[1]);
	struct background_task task = { .id = sftp->id,
		.exact = true,
		.max_size = sftp->job->policy->max_file_size };

	if (from == NULL || to == NULL || same_file(from->fd, to->fd))
		return answer(sftp, STATUS_FAILURE);
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
		auto_close_fd(&task.from);
		auto_close_fd(&task.to);
		return FAILED;
	}
	task.upload = to->upload;
	uploads_hold(task.upload);
	return background_start(&sftp->background, &task) == 0 ? REPLIED
							       : FAILED;
}

static bool
is_onto_itself(struct sftp *sftp, int from, const struct relpath *to)
{
	auto_fd int fd = root_pin(sftp->job->root, to, FOLLOW);

	return fd >= 0 && same_file(from, fd);
}

/* Aside, to appear when the copy is complete. */
static int
open_aside(struct sftp *sftp, const struct fields *fields, int from,
    mode_t mode, struct upload **upload)
{
	const struct relpath *path = &fields->paths[1];

	if (fields->numbers[0] == 0)
		return uploads_create(sftp, path, O_WRONLY, mode, upload);
	if (is_onto_itself(sftp, from, path)) {
		errno = EEXIST;
		return -1;
	}
	return uploads_open(sftp, path, O_WRONLY | O_CREAT | O_TRUNC, mode,
	    upload);
}

/* Without overwrite an existing file stays as it is; onto itself, too. */
static int
open_target(struct sftp *sftp, const struct fields *fields, int from,
    mode_t mode, struct upload **upload)
{
	int flags = O_WRONLY | O_CREAT | (fields->numbers[0] ? 0 : O_EXCL);
	auto_fd int fd = -1;

	*upload = NULL;
	if (sftp->job->policy->atomic_uploads) {
		fd = open_aside(sftp, fields, from, mode, upload);
		uploads_hold(*upload);
		return take_fd(&fd);
	}
	fd = open_to_change(sftp, &fields->paths[1], flags, mode);
	if (fd < 0)
		return -1;
	if (same_file(from, fd)) {
		errno = EEXIST;
		return -1;
	}
	return ftruncate(fd, 0) == 0 ? take_fd(&fd) : -1;
}

int
op_copy_file(struct sftp *sftp, const struct fields *fields)
{
	const struct policy *policy = sftp->job->policy;
	bool forced = policy->file_mode != MODE_UNSET;
	struct background_task task = { .id = sftp->id,
		.left = UINT64_MAX,
		.max_size = policy->max_file_size,
		.whole = true };
	auto_fd int from =
	    root_open_file(sftp->job->root, &fields->paths[0], O_RDONLY, 0);
	struct stat st;
	mode_t mask;

	if (from < 0 || fstat(from, &st) != 0)
		return FAILED;
	if (!S_ISREG(st.st_mode)) {
		errno = EISDIR;
		return FAILED;
	}
	if (!may_have_size(sftp, (uint64_t)st.st_size))
		return FAILED;
	mask = forced ? umask(0) : 0;
	task.to = open_target(sftp, fields, from,
	    policy_mode(policy, st.st_mode & 0777, false), &task.upload);
	if (forced)
		umask(mask);
	if (task.to < 0)
		return FAILED;
	task.from = take_fd(&from);
	return background_start(&sftp->background, &task) == 0 ? REPLIED
							       : FAILED;
}
