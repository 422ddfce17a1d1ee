/*
 * check-file in its three names and two dialects: the digests of a file, read
 * in slices (work.c). draft-ietf-secsh-filexfer-extensions-00, section 3;
 * WinSCP and ProFTPD agree on one reply, paramiko has its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "core/root/root.h"
#include "subsys/sftp/digest.h"
#include "subsys/sftp/ops.h"

/* How many bytes there are to hash; false where offset lies behind them. */
static bool
measure(const struct work *work, uint64_t *bytes)
{
	struct stat st;

	if (fstat(work->from, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_size < work->read_at)
		return false;
	*bytes = (uint64_t)(st.st_size - work->read_at);
	if (work->left < *bytes)
		*bytes = work->left;
	return true;
}

/* Numbers: offset, length (0: to the end), block (0: one digest). */
static int
check(struct sftp *sftp, const struct fields *fields, int file, bool paramiko)
{
	auto_fd int fd = file;
	uint64_t block = fields->numbers[2], bytes;
	struct work work = { .kind = WORK_HASH,
		.id = sftp->id,
		.from = fd,
		.to = -1,
		.left = fields->numbers[1] };

	if (!num_to_off(fields->numbers[0], &work.read_at)) {
		errno = EINVAL;
		return FAILED;
	}
	if (work.left == 0)
		work.left = UINT64_MAX;
	if ((block > 0 && block < BLOCK_MIN) || !measure(&work, &bytes))
		return answer(sftp, STATUS_FAILURE);
	work.digest =
	    digest_new(&fields->strings[0], (uint32_t)block, paramiko);
	if (work.digest == NULL || !digest_fits(work.digest, bytes)) {
		digest_free(work.digest);
		return answer(sftp, STATUS_FAILURE);
	}
	work.from = take_fd(&fd);
	return work_start(&sftp->works, &work) == 0 ? REPLIED : FAILED;
}

/* A descriptor of its own: the client may close its handle meanwhile. */
static int
check_handle(struct sftp *sftp, const struct fields *fields, bool paramiko)
{
	const struct handle *handle = handles_find(&sftp->handles,
	    fields->handles[0].at, fields->handles[0].len);
	int fd;

	if (handle == NULL || handle->kind != HANDLE_FILE)
		return answer(sftp, STATUS_FAILURE);
	if (!(handle->flags & OPEN_READ) && (handle->flags & OPEN_WRITE)) {
		errno = EBADF;
		return FAILED;
	}
	fd = fcntl(handle->fd, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? FAILED : check(sftp, fields, fd, paramiko);
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

	return fd < 0 ? FAILED : check(sftp, fields, fd, false);
}
