/*
 * Names that are made, changed and removed. Where the policy lets only what is
 * own be changed (sftp->grant.only), root/own_changes.h does it.
 */
#include <errno.h>
#include <linux/fs.h>
#include <sys/stat.h>

#include "policy/policy.h"
#include "root/own_changes.h"
#include "root/root.h"
#include "subsys/sftp/ops.h"
#include "subsys/sftp/umask.h"
#include "subsys/sftp/uploads.h"

int
op_remove(struct sftp *sftp, const struct fields *fields)
{
	const struct relpath *path = &fields->paths[0];
	struct upload *upload = uploads_find(sftp, path);
	struct root *root = sftp->job->root;
	int result = sftp->grant.only != NULL
			 ? root_own_unlink(root, path, sftp->grant.only)
			 : root_unlink(root, path);

	/* The file that the upload was to replace goes as well, if any. */
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
	bool has_mode = (attrs->flags & ATTR_PERMISSIONS) != 0;
	mode_t mode =
	    policy_mode(policy, has_mode ? attrs->permissions : 0777, true);
	auto_umask mode_t mask = umask_take(policy->dir_mode);

	return root_mkdir(sftp->job->root, &fields->paths[0], mode);
}

int
op_rmdir(struct sftp *sftp, const struct fields *fields)
{
	if (sftp->grant.only != NULL)
		return root_own_rmdir(sftp->job->root, &fields->paths[0],
		    sftp->grant.only);
	return root_rmdir(sftp->job->root, &fields->paths[0]);
}

/*
 * On file systems without RENAME_NOREPLACE (NFS, FUSE: EINVAL) a file is
 * linked and its old name removed: that can't replace anything either. A
 * directory is renamed after a look: in a race an empty directory may be
 * replaced, so it is refused where even that is forbidden. (EINVAL may also
 * mean that a directory was to be moved into itself.)
 */
static int
rename_without_noreplace(struct sftp *sftp, const struct fields *fields)
{
	const struct relpath *from = &fields->paths[0], *to = &fields->paths[1];
	struct root *root = sftp->job->root;
	not_zeroed struct relpath parent;
	char name[NAME_MAX + 1];
	struct stat st;

	/* The kernel's EINVAL was about "." or "..", which can't be renamed. */
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
	if (sftp->grant.existing != ANSWER_YES) {
		errno = EINVAL;
		return FAILED;
	}
	return root_rename(root, from, to, 0);
}

int
op_rename(struct sftp *sftp, const struct fields *fields)
{
	const struct relpath *from = &fields->paths[0], *to = &fields->paths[1];
	struct upload *upload = uploads_find(sftp, from);
	struct root *root = sftp->job->root;
	int result;

	if (upload != NULL)
		return uploads_rename(sftp, upload, to, false);
	if (sftp->grant.only != NULL)
		return root_own_rename(root, from, to, sftp->grant.only);
	result = root_rename(root, from, to, RENAME_NOREPLACE);
	if (result != 0 && errno == EINVAL)
		return rename_without_noreplace(sftp, fields);
	return result;
}

int
op_posix_rename(struct sftp *sftp, const struct fields *fields)
{
	const struct relpath *from = &fields->paths[0], *to = &fields->paths[1];
	bool may_replace = sftp->grant.existing != ANSWER_NO;
	struct upload *upload = uploads_find(sftp, from);
	const struct own *only = sftp->grant.only;
	struct root *root = sftp->job->root;
	int result;

	if (upload != NULL)
		return uploads_rename(sftp, upload, to, true);
	if (only != NULL)
		result = may_replace ? root_own_replace(root, from, to, only)
				     : root_own_rename(root, from, to, only);
	else
		result = root_rename(root, from, to,
		    may_replace ? 0 : RENAME_NOREPLACE);
	if (result != 0 && !may_replace && errno == EEXIST)
		errno = EPERM;
	return result;
}
