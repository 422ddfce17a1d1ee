/*
 * The list of uploads that are not complete. Trusts sftp->grant for what may
 * be replaced; root/upload.h writes the file and gives it its name.
 */
#include "subsys/sftp/uploads.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/xalloc.h"
#include "policy/policy.h"
#include "root/digest_names.h"
#include "root/root.h"
#include "root/upload_sweep.h"
#include "root/writing.h"
#include "subsys/sftp/state.h"

struct upload *
uploads_find(struct sftp *sftp, const struct relpath *path)
{
	for (struct upload *at = sftp->uploads; at != NULL; at = at->next) {
		if (!at->dropped &&
		    root_upload_is_for(sftp->job->root, &at->file, path))
			return at;
	}
	return NULL;
}

void
uploads_hold(struct upload *upload)
{
	if (upload != NULL)
		upload->writers++;
}

static void
uploads_forget(struct upload *upload)
{
	struct upload **at = &upload->sftp->uploads;

	while (*at != upload)
		at = &(*at)->next;
	*at = upload->next;
	root_upload_drop(&upload->file);
	free(upload);
}

int
uploads_release(struct upload *upload, bool is_complete,
    const unsigned char *digest)
{
	int result = 0;

	if (upload == NULL)
		return 0;
	if (!is_complete)
		upload->dropped = true;
	if (--upload->writers > 0)
		return 0;
	if (!upload->dropped && upload->error != 0) {
		errno = upload->error;
		result = -1;
	} else if (!upload->dropped) {
		upload->file.digest = digest;
		result = root_upload_publish(upload->sftp->job->root,
		    &upload->file, upload->replacing, &upload->sftp->own);
	}
	uploads_forget(upload);
	return result;
}

void
uploads_fail(struct upload *upload)
{
	if (upload != NULL)
		upload->error = errno;
}

void
uploads_remove(struct upload *upload)
{
	upload->dropped = true;
}

bool
uploads_have_names(const struct sftp *sftp)
{
	for (const struct upload *at = sftp->uploads; at != NULL; at = at->next)
		if (at->file.temporary[0] != '\0')
			return true;
	return false;
}

int
uploads_keep(struct sftp *sftp, uint64_t now)
{
	const uint64_t interval = (uint64_t)UPLOAD_KEEP_S * 1000;

	if (!uploads_have_names(sftp)) {
		sftp->uploads_kept = 0;
		return -1;
	}
	if (sftp->uploads_kept == 0)
		sftp->uploads_kept = now;
	if (now - sftp->uploads_kept >= interval) {
		for (struct upload *at = sftp->uploads; at != NULL;
		     at = at->next)
			if (at->file.temporary[0] != '\0')
				upload_keep(at->file.fd);
		sftp->uploads_kept = now;
	}
	return (int)(interval - (now - sftp->uploads_kept));
}

void
uploads_drop_all(struct sftp *sftp)
{
	while (sftp->uploads != NULL)
		uploads_forget(sftp->uploads);
}

static bool
name_exists(struct sftp *sftp, const struct relpath *path)
{
	struct stat st;

	return root_stat(sftp->job->root, path, NO_FOLLOW, &st) == 0;
}

/* A file that lies under the old name (it was to be replaced) stays. */
int
uploads_rename(struct sftp *sftp, struct upload *upload,
    const struct relpath *to, bool replaces)
{
	struct stat st;

	if (!replaces && root_stat(sftp->job->root, to, NO_FOLLOW, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	if (root_upload_retarget(sftp->job->root, &upload->file, to) != 0)
		return -1;
	upload->replacing =
	    replaces ? writing_replaces(sftp->grant.existing) : REPLACE_NOTHING;
	return 0;
}

/* The path on which a file lies or would be made: symlinks are followed. */
static int
follow_to_place(struct sftp *sftp, const struct relpath *path,
    struct relpath *place)
{
	char real[PATH_MAX];
	struct stat st;
	ssize_t len;

	*place = *path;
	if (root_stat(sftp->job->root, path, NO_FOLLOW, &st) != 0 ||
	    !S_ISLNK(st.st_mode))
		return 0;
	len = root_realpath(sftp->job->root, path, real);
	return len < 0 ? -1 : relpath_parse(place, real, (size_t)len, NULL);
}

/* The handle gets a descriptor of its own. */
int
uploads_begin(struct sftp *sftp, const struct relpath *path, int flags,
    mode_t mode, struct upload **upload)
{
	struct upload *made = xcalloc(1, sizeof(*made));
	struct relpath place;
	int fd = -1;

	*upload = NULL;
	if (follow_to_place(sftp, path, &place) == 0 &&
	    root_upload_begin(sftp->job->root, &made->file, &place,
		flags & (FD_ACCESS | O_APPEND), mode) == 0) {
		made->sftp = sftp;
		made->replacing = writing_replaces(sftp->grant.existing);
		made->next = sftp->uploads;
		sftp->uploads = made;
		fd = fcntl(made->file.fd, F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			uploads_forget(made);
		*upload = fd < 0 ? NULL : made;
		return fd;
	}
	auto_free_memory(&made);
	return -1;
}

int
uploads_replace(struct sftp *sftp, const struct relpath *path, int flags,
    int old_fd, struct upload **upload)
{
	const struct policy *policy = sftp->job->policy;
	auto_fd int old = old_fd;
	auto_fd int fd = -1;
	struct stat st;

	*upload = NULL;
	if (fstat(old, &st) != 0)
		return -1;
	if (S_ISREG(st.st_mode)) {
		fd = uploads_begin(sftp, path, flags,
		    policy_mode(policy, st.st_mode & 0777, false), upload);
		if (fd < 0)
			return -1;
		if (writing_make_alike(policy, fd, &st) == 0)
			return take_fd(&fd);
		uploads_forget(*upload);
		*upload = NULL;
	}
	return digest_names_may_change(sftp->job->root, old) == 0 &&
		       ftruncate(old, 0) == 0
		   ? take_fd(&old)
		   : -1;
}

int
uploads_join(struct sftp *sftp, struct upload *pending, int flags,
    struct upload **upload)
{
	int fd;

	if (flags & O_EXCL) {
		errno = EEXIST;
		return -1;
	}
	fd = root_upload_open(sftp->job->root, &pending->file,
	    flags & (FD_ACCESS | O_APPEND | O_TRUNC));
	*upload = fd < 0 ? NULL : pending;
	return fd;
}

int
uploads_create(struct sftp *sftp, const struct relpath *path, int flags,
    mode_t mode, struct upload **upload)
{
	int fd;

	*upload = NULL;
	if (uploads_find(sftp, path) != NULL || name_exists(sftp, path)) {
		errno = EEXIST;
		return -1;
	}
	fd = uploads_begin(sftp, path, flags, mode, upload);
	if (fd >= 0)
		(*upload)->replacing = REPLACE_NOTHING;
	return fd;
}
