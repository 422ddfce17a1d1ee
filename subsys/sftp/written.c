/* A digest that goes along with what is written, and ends with the order. */
#include "subsys/sftp/written.h"

#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/xalloc.h"
#include "policy/policy.h"
#include "root/digest_names.h"
#include "subsys/sftp/state.h"
#include "subsys/sftp/uploads.h"

struct written {
	struct hash hash;
	off_t next; /* where the next byte must be written */
	dev_t device;
	ino_t inode;
};

static bool
written_is_asked(const struct sftp *sftp, const struct handle *handle)
{
	return sftp->job->policy->audit_hash == HASH_SHA256 ||
	       (handle->upload != NULL && digest_names_hold_for(sftp->job->root,
					      handle->upload->file.name));
}

static bool
is_open_on(int fd, const struct stat *st)
{
	struct stat other;

	return fstat(fd, &other) == 0 && other.st_dev == st->st_dev &&
	       other.st_ino == st->st_ino;
}

/* Does another handle, or a task, write the same file? */
static bool
written_is_shared(const struct sftp *sftp, const struct handle *handle,
    const struct stat *st)
{
	for (uint32_t i = 0; i < sftp->handles.count; i++) {
		const struct handle *at = &sftp->handles.at[i];

		if (at != handle && at->kind == HANDLE_FILE &&
		    (at->flags & OPEN_WRITE) && is_open_on(at->fd, st))
			return true;
	}
	for (unsigned i = 0; i < BACKGROUND_MAX; i++) {
		const struct background_task *task = &sftp->background.at[i];

		if (task->active && task->kind == BACKGROUND_COPY &&
		    is_open_on(task->to, st))
			return true;
	}
	return false;
}

void
written_begin(struct sftp *sftp, struct handle *handle)
{
	struct written *written;
	struct stat st;

	if (!written_is_asked(sftp, handle) || fstat(handle->fd, &st) != 0 ||
	    !S_ISREG(st.st_mode))
		return;
	if (st.st_size != 0 || written_is_shared(sftp, handle, &st)) {
		written_spoil_file(sftp, handle->fd);
		return;
	}
	written = xcalloc(1, sizeof(*written));
	hash_sha256_start(&written->hash);
	written->device = st.st_dev;
	written->inode = st.st_ino;
	handle->whole = written;
}

void
written_add(struct handle *handle, off_t offset, const void *bytes, size_t len)
{
	struct written *written = handle->whole;

	if (written == NULL || len == 0)
		return;
	if (!(handle->flags & OPEN_APPEND) && offset != written->next) {
		written_spoil(handle);
		return;
	}
	hash_add(&written->hash, bytes, len);
	written->next += (off_t)len;
}

void
written_spoil(struct handle *handle)
{
	auto_free_memory(&handle->whole);
}

void
written_spoil_file(struct sftp *sftp, int fd)
{
	struct stat st;
	bool known = fstat(fd, &st) == 0;

	for (uint32_t i = 0; i < sftp->handles.count; i++) {
		struct handle *at = &sftp->handles.at[i];
		const struct written *written = at->whole;

		if (written != NULL &&
		    (!known || (written->device == st.st_dev &&
				   written->inode == st.st_ino)))
			written_spoil(at);
	}
}

bool
written_end(struct handle *handle, unsigned char digest[HASH_SHA256_BYTES])
{
	struct written *written = handle->whole;
	unsigned char whole[HASH_BYTES_MAX];
	struct stat st;
	bool has = written != NULL && fstat(handle->fd, &st) == 0 &&
		   st.st_size == written->next;

	if (has) {
		hash_end(&written->hash, whole);
		memcpy(digest, whole, HASH_SHA256_BYTES);
	}
	written_spoil(handle);
	return has;
}
