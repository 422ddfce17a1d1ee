/* Opens nothing but the root, and reads nothing but what completes a request.
 */
#include "decide/prepare.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "decide/outside_root.h"
#include "root/free_dirs.h"
#include "session/account.h"

void
prepare_decision(const struct policy *policy,
    const struct restrictions *restrictions, struct request *request, int in,
    struct means *means, struct decision *decision)
{
	const struct subsys *claimant = subsys_claiming(request);
	const struct terms terms = { policy, restrictions, means };
	enum refusal refusal = policy_shut(policy, time(NULL));

	*decision = (struct decision){ .subsystem = NULL };
	if (refusal == REFUSE_NOTHING && claimant != NULL &&
	    (policy->services & claimant->service)) {
		means_choose(means, policy, claimant->profile);
		if (claimant->complete != NULL)
			refusal = claimant->complete(request, in);
	}
	if (refusal == REFUSE_NOTHING)
		(void)!decide(&terms, request, claimant, decision);
	else
		decision_refuse(decision, refusal, NULL, 0);
}

static bool
start_is_there(const struct policy *policy, struct root *root, struct buf *why)
{
	const char *text = policy->start_dir;
	not_zeroed struct relpath path;
	struct stat st;

	errno = ENOTDIR;
	if (relpath_parse(&path, text, strlen(text), NULL) == 0 &&
	    root_stat(root, &path, FOLLOW, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	buf_addf(why, "start-dir %s: %s", text, strerror(errno));
	return false;
}

static bool
free_is_there(const struct policy *policy, const struct root *root,
    struct buf *why)
{
	struct free_dirs dirs = { 0 };
	const char *missing = NULL;

	if (policy->mode != MODE_CREATE_ONLY ||
	    free_dirs_open(&dirs, root, &policy->free, &missing) == 0) {
		free_dirs_close(&dirs);
		return true;
	}
	buf_addf(why, "free %s: %s", missing, strerror(errno));
	return false;
}

/*
 * What a file system says whose server has gone (FUSE, NFS, CephFS), or, to
 * newer kernels' FUSE, never came.
 */
static bool
is_dead_mount(int error)
{
	return error == ENOTCONN || error == ECONNREFUSED ||
	       error == ECONNABORTED || error == ESTALE || error == EIO ||
	       error == ETIMEDOUT || error == EHOSTDOWN ||
	       error == EHOSTUNREACH;
}

enum refusal
prepare_root(const struct session *session, const struct policy *policy,
    const struct restrictions *restrictions, const struct config_origin *origin,
    struct root *root, struct buf *why)
{
	const char *below = restrictions->below;
	int error, result;

	result = root_open(root, policy->root, policy->one_file_system);
	/* Before it is narrowed: a barred directory can't become the root. */
	root_bar(root, &policy->hide, &policy->deny);
	if (result == 0 && below != NULL)
		result = root_narrow(root, below);
	if (result != 0) {
		error = errno;
		buf_addf(why, "root %s%s%s: %s", policy->root,
		    below == NULL ? "" : ", there ", below == NULL ? "" : below,
		    strerror(error));
		if (is_dead_mount(error))
			return REFUSE_UNAVAILABLE;
		return error == ENOSYS ? REFUSE_CONFINEMENT
				       : REFUSE_MISCONFIGURED;
	}
	if (session->account_is_unsure) {
		/* Without a home we can't check the account's login files. */
		buf_add_text(why, account_unsure);
		return REFUSE_MISCONFIGURED;
	}
	if (!outside_root_holds(session, policy, origin, root, why))
		return REFUSE_MISCONFIGURED;
	root->syncs = policy->sync == SYNC_CLOSE;
	root->verifies = policy->verify == VERIFY_NAME;
	if (!start_is_there(policy, root, why) ||
	    !free_is_there(policy, root, why))
		return REFUSE_MISCONFIGURED;
	return REFUSE_NOTHING;
}
