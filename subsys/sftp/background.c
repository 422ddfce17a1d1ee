/*
 * Copies by copy_file_range, which clones where the file system can; digests
 * by reading. Each slice is short enough for a client that waits for another
 * request.
 */
#include "subsys/sftp/background.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "root/durable.h"
#include "subsys/sftp/digest.h"
#include "subsys/sftp/sftp_record.h"
#include "subsys/sftp/state.h"
#include "subsys/sftp/uploads.h"

enum { SLICE = 4 << 20, PLAIN = 64 << 10, HASHED = 128 << 10 };

/* Some file systems tell an error of writing only when a file is closed. */
static int
task_close_target(struct background_task *task)
{
	int fd = task->to;

	task->to = -1;
	return fd >= 0 && close(fd) != 0 ? -1 : 0;
}

/*
 * Gives back what a task holds; what it wrote aside may get its name, but not
 * where something of it was lost.
 */
static int
task_release(struct background_task *task, bool is_done)
{
	int result = is_done && task->keeps != NULL
			 ? durable_named_file(task->keeps, task->to)
			 : 0;
	int error = errno;

	auto_close_fd(&task->from);
	if (task_close_target(task) != 0) {
		error = errno;
		result = -1;
		uploads_fail(task->upload);
	}
	digest_free(task->digest);
	task->digest = NULL;
	auto_free_memory(&task->path);
	auto_free_memory(&task->to_path);
	task->active = false;
	if (uploads_release(task->upload,
		!task->whole || (is_done && result == 0), NULL) != 0)
		return -1;
	errno = error;
	return result;
}

int
background_start(struct background *background,
    const struct background_task *task)
{
	struct background_task copy = *task;

	for (unsigned i = 0; i < BACKGROUND_MAX; i++) {
		if (background->at[i].active)
			continue;
		background->at[i] = copy;
		background->at[i].active = true;
		background->active++;
		return 0;
	}
	if (task_release(&copy, false) == 0)
		errno = EBUSY;
	return -1;
}

/* Where copy_file_range can't (O_APPEND, two file systems). */
static ssize_t
copy_plain(const struct background_task *task, size_t len)
{
	unsigned char room[PLAIN];
	ssize_t got, put;

	got = pread(task->from, room, len < PLAIN ? len : PLAIN, task->read_at);
	if (got <= 0)
		return got;
	put = task->append
		  ? write(task->to, room, (size_t)got)
		  : pwrite(task->to, room, (size_t)got, task->write_at);
	return put == 0 ? (errno = EIO, -1) : put;
}

/* The size of the next slice, within what the file may still grow. */
static size_t
slice_length(const struct background_task *task)
{
	uint64_t at = (uint64_t)task->write_at, len = SLICE;
	struct stat st;

	if (task->left < len)
		len = task->left;
	if (task->max_size == 0)
		return (size_t)len;
	if (task->append && fstat(task->to, &st) == 0)
		at = (uint64_t)st.st_size;
	if (at >= task->max_size)
		return 0;
	return (size_t)(len < task->max_size - at ? len : task->max_size - at);
}

/* The file may not grow: no error if the source has ended, too. */
static ssize_t
end_full(const struct background_task *task)
{
	char byte;
	ssize_t got = pread(task->from, &byte, 1, task->read_at);

	if (got <= 0)
		return got;
	errno = EFBIG;
	return -1;
}

static ssize_t
copy_slice(const struct background_task *task)
{
	size_t len = slice_length(task);
	off_t from = task->read_at, to = task->write_at;
	ssize_t copied = -1;

	if (len == 0)
		return end_full(task);
	if (!task->append)
		copied =
		    copy_file_range(task->from, &from, task->to, &to, len, 0);
	if (copied < 0 && (task->append || errno == EINVAL || errno == EXDEV ||
			      errno == EOPNOTSUPP || errno == EBADF))
		copied = copy_plain(task, len);
	return copied;
}

/* Tells the record what has become of a copy, if it is to hear of it. */
static void
task_record(struct sftp *sftp, const char *path, const char *to_path,
    const char *result)
{
	/* In front of it: that the contents did not match the name. */
	job_record_differing(sftp->job);
	if (path != NULL)
		sftp_record_copied(sftp, path, to_path, result);
}

static void
task_finish(struct sftp *sftp, struct background_task *task, enum status status,
    int error)
{
	auto_free char *path = take_memory(&task->path);
	auto_free char *to_path = take_memory(&task->to_path);
	bool is_told = false;

	if (task->kind == BACKGROUND_HASH && status == STATUS_OK) {
		is_told = digest_reply(task->digest, &sftp->out, task->id);
		status = STATUS_FAILURE;
		error = EMSGSIZE;
	}
	if (task_release(task, status == STATUS_OK) != 0 &&
	    status == STATUS_OK) {
		error = errno;
		status = status_of(error);
	}
	task_record(sftp, path, to_path, status_word(status));
	if (!is_told)
		out_status(&sftp->out, task->id, status, error, NULL);
	sftp->background.active--;
}

static ssize_t
hash_slice(const struct background_task *task)
{
	not_zeroed unsigned char room[HASHED];
	size_t len = task->left < HASHED ? (size_t)task->left : HASHED;
	ssize_t got = pread(task->from, room, len, task->read_at);

	if (got > 0 && !digest_add(task->digest, room, (size_t)got)) {
		errno = EMSGSIZE;
		return -1;
	}
	return got;
}

/* Does one slice; returns the number of bytes, or -1. */
static ssize_t
do_slice(const struct background_task *task)
{
	if (task->left == 0)
		return 0;
	return task->kind == BACKGROUND_HASH ? hash_slice(task)
					     : copy_slice(task);
}

/* The next active task in turn. */
static struct background_task *
next_task(struct background *background)
{
	struct background_task *task;

	do
		task = &background->at[background->turn++ % BACKGROUND_MAX];
	while (!task->active);
	return task;
}

void
background_step(struct sftp *sftp)
{
	struct background_task *task;
	ssize_t done;

	if (sftp->background.active == 0)
		return;
	task = next_task(&sftp->background);
	done = do_slice(task);
	if (done < 0 && errno == EINTR)
		return;
	if (done < 0) {
		int error = errno;

		uploads_fail(task->upload);
		task_finish(sftp, task, status_of(error), error);
		return;
	}
	task->read_at += done;
	task->write_at += done;
	if (task->left != UINT64_MAX)
		task->left -= (uint64_t)done;
	if (task->left == 0 || (done == 0 && !task->exact))
		task_finish(sftp, task, STATUS_OK, 0);
	else if (done == 0)
		task_finish(sftp, task, STATUS_EOF, 0);
}

void
background_end_all(struct sftp *sftp)
{
	for (unsigned i = 0; i < BACKGROUND_MAX; i++) {
		struct background_task *task = &sftp->background.at[i];
		auto_free char *path = take_memory(&task->path);
		auto_free char *to_path = take_memory(&task->to_path);

		if (!task->active)
			continue;
		task->whole = true;
		/* What is given up is cut, whatever fails. */
		if (task_release(task, false) != 0)
			errno = 0;
		task_record(sftp, path, to_path, "cut");
	}
	sftp->background.active = 0;
}
