/* Trusts writing->existing, the policy's answer for what exists. */
#include "subsys/scp/incoming.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "policy/policy.h"
#include "root/digest_names.h"
#include "root/durable.h"
#include "root/root.h"
#include "subsys/umask.h"

enum { WRITES = O_WRONLY | O_NOFOLLOW };

static int
incoming_begin_aside(struct incoming *incoming, const struct writing *writing,
    const struct relpath *path, mode_t mode)
{
	if (root_upload_begin(writing->cache->root, &incoming->upload, path,
		O_WRONLY, mode) != 0)
		return -1;
	incoming->is_aside = true;
	incoming->replacing = writing_replaces(writing->existing);
	incoming->fd = incoming->upload.fd;
	return 0;
}

/* A file of another account that can't be made alike is changed in place. */
static int
incoming_replace(struct incoming *incoming, const struct policy *policy,
    const struct writing *writing, const struct relpath *path, int *old)
{
	struct stat st;

	if (fstat(*old, &st) != 0)
		return -1;
	if (incoming_begin_aside(incoming, writing, path,
		policy_mode(policy, st.st_mode & 0777, false)) != 0)
		return -1;
	if (writing_make_alike(policy, incoming->fd, &st) == 0)
		return 0;
	root_upload_drop(&incoming->upload);
	incoming->is_aside = false;
	if (digest_names_may_change(writing->cache->root, *old) != 0)
		return -1;
	incoming->fd = take_fd(old);
	return 0;
}

static int
incoming_open_aside(struct incoming *incoming, const struct policy *policy,
    const struct writing *writing, const struct relpath *path, mode_t mode)
{
	auto_fd int old = writing_open(writing, path, WRITES, 0);

	if (old >= 0)
		return incoming_replace(incoming, policy, writing, path, &old);
	if (errno != ENOENT)
		return -1;
	return incoming_begin_aside(incoming, writing, path, mode);
}

int
incoming_open(struct incoming *incoming, const struct policy *policy,
    const struct writing *writing, const struct relpath *path, mode_t mode)
{
	auto_umask mode_t mask = umask_take(policy->file_mode);

	*incoming = (struct incoming){ .fd = -1 };
	if (policy->atomic_uploads)
		return incoming_open_aside(incoming, policy, writing, path,
		    mode);
	incoming->fd = writing_open(writing, path, WRITES | O_CREAT, mode);
	return incoming->fd < 0 ? -1 : 0;
}

int
incoming_end(const struct incoming *incoming, uint64_t size)
{
	return ftruncate(incoming->fd, (off_t)size);
}

/* Some file systems tell an error of writing only when a file is closed. */
static int
close_once(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return copy < 0 ? -1 : close(copy);
}

int
incoming_finish(struct incoming *incoming, const struct writing *writing,
    const unsigned char *digest)
{
	struct root *root = writing->cache->root;
	int fd = incoming->fd, result;

	incoming->fd = -1;
	if (!incoming->is_aside) {
		result = durable_named_file(root, fd);
		return close(fd) != 0 ? -1 : result;
	}
	result = close_once(fd);
	incoming->upload.digest = digest;
	if (result == 0)
		result = root_upload_publish(root, &incoming->upload,
		    incoming->replacing, writing->own);
	root_upload_drop(&incoming->upload);
	return result;
}

void
incoming_cut(struct incoming *incoming, uint64_t written)
{
	if (incoming->is_aside) {
		root_upload_drop(&incoming->upload);
		incoming->fd = -1;
		return;
	}
	if (ftruncate(incoming->fd, (off_t)written) != 0)
		errno = 0;
	auto_close_fd(&incoming->fd);
}
