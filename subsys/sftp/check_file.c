/*
 * check-file in its three names and two dialects: the digests of a file, read
 * in slices (background.c). draft-ietf-secsh-filexfer-extensions-00, section 3;
 * WinSCP and ProFTPD agree on one reply, paramiko has its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "root/root.h"
#include "subsys/sftp/digest.h"
#include "subsys/sftp/ops.h"

/* The number of bytes to hash; false where offset lies behind them. */
static bool
count_bytes(const struct background_task *task, uint64_t *bytes)
{
	struct stat st;

	if (fstat(task->from, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_size < task->read_at)
		return false;
	*bytes = (uint64_t)(st.st_size - task->read_at);
	if (task->left < *bytes)
		*bytes = task->left;
	return true;
}

/* Numbers: offset, length (0: to the end), block (0: one digest). */
static int
start_digest(struct sftp *sftp, const struct fields *fields, int file,
    bool paramiko)
{
	auto_fd int fd = file;
	uint64_t block = fields->numbers[2], bytes;
	struct background_task task = { .kind = BACKGROUND_HASH,
		.id = sftp->id,
		.from = fd,
		.to = -1,
		.left = fields->numbers[1] };

	if (!num_to_off(fields->numbers[0], &task.read_at)) {
		errno = EINVAL;
		return FAILED;
	}
	if (task.left == 0)
		task.left = UINT64_MAX;
	if ((block > 0 && block < BLOCK_MIN) || !count_bytes(&task, &bytes))
		return reply_status(sftp, STATUS_FAILURE);
	task.digest =
	    digest_new(&fields->strings[0], (uint32_t)block, paramiko);
	if (task.digest == NULL || !digest_fits(task.digest, bytes)) {
		digest_free(task.digest);
		return reply_status(sftp, STATUS_FAILURE);
	}
	task.from = take_fd(&fd);
	return background_start(&sftp->background, &task) == 0 ? BEGUN : FAILED;
}

/* The task gets its own descriptor: the client may close its handle. */
static int
check_handle(struct sftp *sftp, const struct fields *fields, bool paramiko)
{
	const struct handle *handle =
	    handles_find_kind(&sftp->handles, &fields->handles[0], HANDLE_FILE);
	int fd;

	if (handle == NULL)
		return reply_status(sftp, STATUS_FAILURE);
	if (!(handle->flags & OPEN_READ) && (handle->flags & OPEN_WRITE)) {
		errno = EBADF;
		return FAILED;
	}
	fd = fcntl(handle->fd, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? FAILED : start_digest(sftp, fields, fd, paramiko);
}

int
op_check_file(struct sftp *sftp, const struct fields *fields)
{
	return check_handle(sftp, fields, true);
}

int
op_check_handle(struct sftp *sftp, const struct fields *fields)
{
	return check_handle(sftp, fields, false);
}

int
op_check_name(struct sftp *sftp, const struct fields *fields)
{
	int fd =
	    root_open_file(sftp->job->root, &fields->paths[0], O_RDONLY, 0);

	return fd < 0 ? FAILED : start_digest(sftp, fields, fd, false);
}
