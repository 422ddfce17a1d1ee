/*
 * Names that are made, changed and removed. Where the policy lets only what is
 * own be changed (sftp->grant.only), root/own_changes.h does it.
 */
#include <errno.h>
#include <sys/stat.h>

#include "policy/policy.h"
#include "root/digest_names.h"
#include "root/own_changes.h"
#include "root/root.h"
#include "subsys/sftp/names_held.h"
#include "subsys/sftp/ops.h"
#include "subsys/umask.h"
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
	/* mkdir(2) takes no set-id bit either; dir-mode may have one. */
	mode_t mode = policy_mode(policy,
	    has_mode ? attrs->permissions & 01777 : 0777, true);
	auto_umask mode_t mask = umask_take(policy->dir_mode);

	return sftp->rights.own != 0
		   ? root_own_mkdir(sftp->job->root, &fields->paths[0], mode,
			 &sftp->own)
		   : root_mkdir(sftp->job->root, &fields->paths[0], mode);
}

int
op_rmdir(struct sftp *sftp, const struct fields *fields)
{
	if (sftp->grant.only != NULL)
		return root_own_rmdir(sftp->job->root, &fields->paths[0],
		    sftp->grant.only);
	return root_rmdir(sftp->job->root, &fields->paths[0]);
}

static int
change_name(struct sftp *sftp, const struct relpath *from,
    const struct relpath *to, bool replaces)
{
	struct own *only = sftp->grant.only;
	struct root *root = sftp->job->root;

	if (only == NULL)
		return root_rename(root, from, to, replaces);
	return replaces ? root_own_replace(root, from, to, only)
			: root_own_rename(root, from, to, only);
}

/* A name that tells the contents is given to none but the file that was read:
 * another one that had the old name by then gets that back, if it is free. */
static int
change_file_name(struct sftp *sftp, const struct relpath *from,
    const struct relpath *to, bool replaces)
{
	auto_fd int held = -1;

	if (names_hold(sftp, from, to, &held) != 0 ||
	    change_name(sftp, from, to, replaces) != 0)
		return FAILED;
	if (names_are_held(sftp, to, held))
		return DONE;
	if (change_name(sftp, to, from, false) == 0 ||
	    digest_names_take_path(sftp->job->root, to) == 0)
		errno = EAGAIN;
	return FAILED;
}

int
op_rename(struct sftp *sftp, const struct fields *fields)
{
	const struct relpath *from = &fields->paths[0], *to = &fields->paths[1];
	struct upload *upload = uploads_find(sftp, from);

	return upload != NULL ? uploads_rename(sftp, upload, to, false)
			      : change_file_name(sftp, from, to, false);
}

int
op_posix_rename(struct sftp *sftp, const struct fields *fields)
{
	const struct relpath *from = &fields->paths[0], *to = &fields->paths[1];
	bool may_replace = sftp->grant.existing != ANSWER_NO;
	struct upload *upload = uploads_find(sftp, from);
	int result;

	if (upload != NULL)
		return uploads_rename(sftp, upload, to, true);
	result = change_file_name(sftp, from, to, may_replace);
	if (result != 0 && !may_replace && errno == EEXIST)
		errno = EPERM;
	return result;
}
