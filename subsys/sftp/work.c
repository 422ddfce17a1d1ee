/*
 * Copies by copy_file_range, which clones where the file system can; digests
 * by reading. Each slice is short enough for a client that waits for another
 * request.
 */
#include "subsys/sftp/work.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "subsys/sftp/digest.h"
#include "subsys/sftp/uploads.h"

enum { SLICE = 4 << 20, PLAIN = 64 << 10, HASHED = 128 << 10 };

/* Gives back what a work holds; what it wrote aside may get its name. */
static int
release(struct work *work, bool is_done)
{
	auto_close_fd(&work->from);
	auto_close_fd(&work->to);
	digest_free(work->digest);
	work->digest = NULL;
	work->active = false;
	return uploads_release(work->upload, is_done || !work->whole);
}

int
work_start(struct works *works, const struct work *work)
{
	struct work copy = *work;

	for (unsigned i = 0; i < WORKS_MAX; i++) {
		if (works->at[i].active)
			continue;
		works->at[i] = copy;
		works->at[i].active = true;
		works->active++;
		return 0;
	}
	if (release(&copy, false) == 0)
		errno = EBUSY;
	return -1;
}

/* For files that copy_file_range doesn't take (append, other systems). */
static ssize_t
copy_plain(const struct work *work, size_t len)
{
	unsigned char room[PLAIN];
	ssize_t got, put;

	got = pread(work->from, room, len < PLAIN ? len : PLAIN, work->read_at);
	if (got <= 0)
		return got;
	put = work->append
		  ? write(work->to, room, (size_t)got)
		  : pwrite(work->to, room, (size_t)got, work->write_at);
	return put == 0 ? (errno = EIO, -1) : put;
}

/* How much of a slice the file may still take. */
static size_t
fitting(const struct work *work)
{
	uint64_t at = (uint64_t)work->write_at, len = SLICE;
	struct stat st;

	if (work->left < len)
		len = work->left;
	if (work->max_size == 0)
		return (size_t)len;
	if (work->append && fstat(work->to, &st) == 0)
		at = (uint64_t)st.st_size;
	if (at >= work->max_size)
		return 0;
	return (size_t)(len < work->max_size - at ? len : work->max_size - at);
}

/* The file is full: right if the source has ended, too. */
static ssize_t
end_full(const struct work *work)
{
	char byte;
	ssize_t got = pread(work->from, &byte, 1, work->read_at);

	if (got <= 0)
		return got;
	errno = EFBIG;
	return -1;
}

static ssize_t
copy_slice(const struct work *work)
{
	size_t len = fitting(work);
	off_t from = work->read_at, to = work->write_at;
	ssize_t copied = -1;

	if (len == 0)
		return end_full(work);
	if (!work->append)
		copied =
		    copy_file_range(work->from, &from, work->to, &to, len, 0);
	if (copied < 0 && (work->append || errno == EINVAL || errno == EXDEV ||
			      errno == EOPNOTSUPP || errno == EBADF))
		copied = copy_plain(work, len);
	return copied;
}

static void
finish(struct works *works, struct work *work, struct out *out,
    enum status status, int error)
{
	bool is_told = false;

	if (work->kind == WORK_HASH && status == STATUS_OK) {
		is_told = digest_reply(work->digest, out, work->id);
		status = STATUS_FAILURE;
		error = EMSGSIZE;
	}
	if (release(work, status == STATUS_OK) != 0 && status == STATUS_OK) {
		error = errno;
		status = status_of(error);
	}
	if (!is_told)
		out_status(out, work->id, status, error, NULL);
	works->active--;
}

static ssize_t
hash_slice(const struct work *work)
{
	not_zeroed unsigned char room[HASHED];
	size_t len = work->left < HASHED ? (size_t)work->left : HASHED;
	ssize_t got = pread(work->from, room, len, work->read_at);

	if (got > 0 && !digest_add(work->digest, room, (size_t)got)) {
		errno = EMSGSIZE;
		return -1;
	}
	return got;
}

/* One slice; how many bytes it did, or -1. */
static ssize_t
do_slice(const struct work *work)
{
	if (work->left == 0)
		return 0;
	return work->kind == WORK_HASH ? hash_slice(work) : copy_slice(work);
}

/* The next in turn of those that are under way. */
static struct work *
next(struct works *works)
{
	struct work *work;

	do
		work = &works->at[works->turn++ % WORKS_MAX];
	while (!work->active);
	return work;
}

void
work_step(struct works *works, struct out *out)
{
	struct work *work;
	ssize_t done;

	if (works->active == 0)
		return;
	work = next(works);
	done = do_slice(work);
	if (done < 0 && errno == EINTR)
		return;
	if (done < 0) {
		finish(works, work, out, status_of(errno), errno);
		return;
	}
	work->read_at += done;
	work->write_at += done;
	if (work->left != UINT64_MAX)
		work->left -= (uint64_t)done;
	if (work->left == 0 || (done == 0 && !work->exact))
		finish(works, work, out, STATUS_OK, 0);
	else if (done == 0)
		finish(works, work, out, STATUS_EOF, 0);
}

void
work_end_all(struct works *works)
{
	for (unsigned i = 0; i < WORKS_MAX; i++) {
		if (!works->at[i].active)
			continue;
		works->at[i].whole = true;
		if (release(&works->at[i], false) != 0)
			continue;
	}
	works->active = 0;
}
