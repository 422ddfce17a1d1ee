/* Requests about names. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/num.h"
#include "policy/mode.h"
#include "policy/policy.h"
#include "root/own_changes.h"
#include "root/root.h"
#include "subsys/sftp/links.h"
#include "subsys/sftp/ops.h"
#include "subsys/sftp/uploads.h"

static int
reply_stat(struct sftp *sftp, const struct fields *fields, enum follow follow)
{
	const struct upload *upload = uploads_find(sftp, &fields->paths[0]);
	struct stat st;

	if (upload != NULL) {
		if (fstat(upload->file.fd, &st) != 0)
			return FAILED;
		out_attrs(&sftp->out, sftp->id, &st);
		return REPLIED;
	}
	if (root_cache_stat(&sftp->cache, &fields->paths[0], follow, &st) != 0)
		return FAILED;
	out_attrs(&sftp->out, sftp->id, &st);
	return REPLIED;
}

int
op_stat(struct sftp *sftp, const struct fields *fields)
{
	return reply_stat(sftp, fields, FOLLOW);
}

int
op_lstat(struct sftp *sftp, const struct fields *fields)
{
	return reply_stat(sftp, fields, NO_FOLLOW);
}

static int
set_mode(struct sftp *sftp, int fd, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	if (S_ISLNK(st.st_mode)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return root_chmod_pinned(sftp->job->root, fd,
	    policy_mode(sftp->job->policy, mode, S_ISDIR(st.st_mode)));
}

/* What is opened is what is judged, and then truncated. */
static int
set_size(struct sftp *sftp, const struct relpath *path, uint64_t size)
{
	auto_fd int fd = -1;
	off_t end;

	if (!num_to_off(size, &end)) {
		errno = EINVAL;
		return -1;
	}
	fd = root_open_file(sftp->job->root, path, O_WRONLY, 0);
	if (fd < 0)
		return -1;
	if (sftp->only != NULL && !own_is(sftp->only, fd)) {
		errno = EPERM;
		return -1;
	}
	return may_have_size(sftp, size) ? ftruncate(fd, end) : -1;
}

/*
 * On one pinned object. Each step is tried, the last error wins: as OpenSSH's
 * server does it.
 */
static int
set_attrs(struct sftp *sftp, const struct fields *fields, enum follow follow)
{
	const struct attrs *attrs = &fields->attrs;
	const struct timespec times[2] = { { .tv_sec = attrs->atime },
		{ .tv_sec = attrs->mtime } };
	const struct upload *upload = uploads_find(sftp, &fields->paths[0]);
	auto_fd int fd = -1;
	int error = 0;

	/* Nothing to do is done, whatever the name. */
	if ((attrs->flags & ATTR_ALL) == 0)
		return DONE;
	if (follow == NO_FOLLOW && (attrs->flags & ATTR_SIZE)) {
		errno = EINVAL;
		return FAILED;
	}
	if (upload != NULL)
		return set_attrs_of_open(sftp, upload->file.fd, attrs);
	fd = root_pin(sftp->job->root, &fields->paths[0], follow);
	if (fd < 0)
		return FAILED;
	if (sftp->only != NULL && !own_is(sftp->only, fd)) {
		errno = EPERM;
		return FAILED;
	}
	if ((attrs->flags & ATTR_SIZE) &&
	    set_size(sftp, &fields->paths[0], attrs->size) != 0)
		error = errno;
	if ((attrs->flags & ATTR_PERMISSIONS) &&
	    set_mode(sftp, fd, attrs->permissions) != 0)
		error = errno;
	if ((attrs->flags & ATTR_ACMODTIME) &&
	    utimensat(fd, "", times, AT_EMPTY_PATH) != 0)
		error = errno;
	if ((attrs->flags & ATTR_UIDGID) &&
	    fchownat(fd, "", attrs->uid, attrs->gid, AT_EMPTY_PATH) != 0)
		error = errno;
	errno = error;
	return error == 0 ? DONE : FAILED;
}

int
op_setstat(struct sftp *sftp, const struct fields *fields)
{
	return set_attrs(sftp, fields, FOLLOW);
}

int
op_lsetstat(struct sftp *sftp, const struct fields *fields)
{
	return set_attrs(sftp, fields, NO_FOLLOW);
}

int
op_remove(struct sftp *sftp, const struct fields *fields)
{
	struct upload *upload = uploads_find(sftp, &fields->paths[0]);
	int result = sftp->only != NULL
			 ? root_own_unlink(sftp->job->root, &fields->paths[0],
			       sftp->only)
			 : root_unlink(sftp->job->root, &fields->paths[0]);

	/* What was to be replaced goes, too; a new one is all there is. */
	if (upload != NULL && (result == 0 || errno == ENOENT)) {
		uploads_remove(upload);
		return DONE;
	}
	return result;
}

int
op_mkdir(struct sftp *sftp, const struct fields *fields)
{
	const struct policy *policy = sftp->job->policy;
	const struct attrs *attrs = &fields->attrs;
	bool forced = policy->dir_mode != MODE_UNSET;
	mode_t mask = forced ? umask(0) : 0;
	int result = root_mkdir(sftp->job->root, &fields->paths[0],
	    policy_mode(policy,
		(attrs->flags & ATTR_PERMISSIONS) ? attrs->permissions : 0777,
		true));

	if (forced)
		umask(mask);
	return result;
}

int
op_rmdir(struct sftp *sftp, const struct fields *fields)
{
	if (sftp->only != NULL)
		return root_own_rmdir(sftp->job->root, &fields->paths[0],
		    sftp->only);
	return root_rmdir(sftp->job->root, &fields->paths[0]);
}

/*
 * "file/" is "file" here, as with the realpath of OpenSSH; but then the name
 * may not be missing.
 */
int
reply_realpath(struct sftp *sftp, const struct relpath *asked)
{
	not_zeroed struct relpath path;
	not_zeroed char real[PATH_MAX];
	bool slash = false;
	struct stat st;
	ssize_t len;

	path.len = asked->len;
	memcpy(path.bytes, asked->bytes, path.len + 1);
	for (; path.len > 1 && path.bytes[path.len - 1] == '/'; slash = true)
		path.bytes[--path.len] = '\0';
	if (slash && root_cache_stat(&sftp->cache, &path, FOLLOW, &st) != 0)
		return FAILED;
	len = root_cache_realpath(&sftp->cache, &path, real);
	if (len < 0)
		return FAILED;
	out_name(&sftp->out, sftp->id, real, (size_t)len);
	return REPLIED;
}

int
op_realpath(struct sftp *sftp, const struct fields *fields)
{
	return reply_realpath(sftp, &fields->paths[0]);
}

/*
 * File systems without RENAME_NOREPLACE (NFS, FUSE: EINVAL) get a link in its
 * place: that can't replace anything either. A directory is looked for and
 * then renamed: at worst, in a race, an empty one is replaced, and where even
 * that may not be it stays. (EINVAL is also a directory's move into itself.)
 */
static int
rename_without_noreplace(struct sftp *sftp, const struct fields *fields)
{
	const struct relpath *from = &fields->paths[0], *to = &fields->paths[1];
	struct root *root = sftp->job->root;
	not_zeroed struct relpath parent;
	char name[NAME_MAX + 1];
	struct stat st;

	/* "." and ".." are no names to change: that was it, then. */
	if (relpath_split(from, &parent, name) != 0 ||
	    relpath_split(to, &parent, name) != 0 ||
	    root_stat(root, from, NO_FOLLOW, &st) != 0)
		return FAILED;
	if (!S_ISDIR(st.st_mode)) {
		if (root_link(root, from, to) != 0)
			return FAILED;
		return root_unlink(root, from);
	}
	if (root_stat(root, to, NO_FOLLOW, &st) == 0) {
		errno = EEXIST;
		return FAILED;
	}
	if (errno != ENOENT)
		return FAILED;
	if (answer_for(sftp, ACT_RENAME_OVER) != ANSWER_YES) {
		errno = EINVAL;
		return FAILED;
	}
	return root_rename(root, from, to, 0);
}

int
op_rename(struct sftp *sftp, const struct fields *fields)
{
	struct upload *upload = uploads_find(sftp, &fields->paths[0]);
	int result;

	if (upload != NULL)
		return uploads_rename(sftp, upload, &fields->paths[1], false);
	if (links_check_move(sftp, &fields->paths[0], &fields->paths[1],
		false) != 0)
		return FAILED;
	if (sftp->only != NULL)
		return root_own_rename(sftp->job->root, &fields->paths[0],
		    &fields->paths[1], sftp->only);
	result = root_rename(sftp->job->root, &fields->paths[0],
	    &fields->paths[1], RENAME_NOREPLACE);
	if (result != 0 && errno == EINVAL)
		return rename_without_noreplace(sftp, fields);
	return result;
}

int
op_posix_rename(struct sftp *sftp, const struct fields *fields)
{
	bool over = answer_for(sftp, ACT_RENAME_OVER) != ANSWER_NO;
	struct root *root = sftp->job->root;
	const struct relpath *from = &fields->paths[0], *to = &fields->paths[1];
	struct upload *upload = uploads_find(sftp, from);
	int result;

	if (upload != NULL)
		return uploads_rename(sftp, upload, to, true);
	if (links_check_move(sftp, from, to, false) != 0)
		return FAILED;
	if (sftp->only != NULL)
		result = over ? root_own_replace(root, from, to, sftp->only)
			      : root_own_rename(root, from, to, sftp->only);
	else
		result =
		    root_rename(root, from, to, over ? 0 : RENAME_NOREPLACE);
	if (result != 0 && !over && errno == EEXIST)
		errno = EPERM;
	return result;
}

int
op_readlink(struct sftp *sftp, const struct fields *fields)
{
	char text[PATH_MAX];
	ssize_t len = root_readlink(sftp->job->root, &fields->paths[0], text);

	if (len < 0)
		return FAILED;
	out_name(&sftp->out, sftp->id, text, (size_t)len);
	return REPLIED;
}

int
op_symlink(struct sftp *sftp, const struct fields *fields)
{
	const struct slice *given = &fields->strings[0];
	char text[PATH_MAX];

	if (given->len >= sizeof(text)) {
		errno = ENAMETOOLONG;
		return FAILED;
	}
	memcpy(text, given->at, given->len);
	text[given->len] = '\0';
	if (links_check_text(sftp, text, &fields->paths[0]) != 0)
		return FAILED;
	return root_symlink(sftp->job->root, text, &fields->paths[0]);
}

int
op_hardlink(struct sftp *sftp, const struct fields *fields)
{
	if (links_check_move(sftp, &fields->paths[0], &fields->paths[1],
		true) != 0)
		return FAILED;
	return root_link(sftp->job->root, &fields->paths[0], &fields->paths[1]);
}

int
op_statvfs(struct sftp *sftp, const struct fields *fields)
{
	struct statfs fs;

	if (root_statfs(sftp->job->root, &fields->paths[0], &fs) != 0)
		return FAILED;
	return reply_statvfs(sftp, &fs);
}
