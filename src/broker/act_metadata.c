/*
 * Metadata of a pinned object: each act is the call that was asked for, with
 * the descriptor in the path's place. What is asked to be set was copied from
 * the caller once, and bounded.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "broker/act.h"
#include "broker/create_only.h"
#include "root/root.h"

int
act_set_mode(struct act *act)
{
	struct stat st;

	/* No link is ever open but by O_PATH. */
	if (act->row->path >= 0) {
		if (fstat(act->fd, &st) != 0)
			return -1;
		if (S_ISLNK(st.st_mode)) {
			errno = EOPNOTSUPP;
			return -1;
		}
	}
	return root_chmod_pinned(act->root, act->fd,
	    (mode_t)act_argument(act, 0));
}

int
act_set_owner(struct act *act)
{
	/* Own by its birth alone, it would no longer be of our uid. */
	if (act->create_only != NULL)
		own_keep(&act->create_only->own, act->fd);
	return fchownat(act->fd, "", (uid_t)act_argument(act, 0),
	    (gid_t)act_argument(act, 1), AT_EMPTY_PATH);
}

int
act_take_times(struct act *act)
{
	act->has_times = act_argument(act, 0) != 0;
	return act->has_times ? tracee_bytes(&act->tracee, act_argument(act, 0),
				    act->times, sizeof(act->times))
			      : 0;
}

/* utimes(2) and futimesat(2) count microseconds. */
int
act_take_times_coarse(struct act *act)
{
	struct timeval coarse[2];

	act->has_times = act_argument(act, 0) != 0;
	if (!act->has_times)
		return 0;
	if (tracee_bytes(&act->tracee, act_argument(act, 0), coarse,
		sizeof(coarse)) != 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		if (coarse[i].tv_usec < 0 || coarse[i].tv_usec >= 1000000) {
			errno = EINVAL;
			return -1;
		}
		act->times[i] = (struct timespec){ coarse[i].tv_sec,
			coarse[i].tv_usec * 1000 };
	}
	return 0;
}

int
act_set_times(struct act *act)
{
	return utimensat(act->fd, "", act->has_times ? act->times : NULL,
	    AT_EMPTY_PATH);
}
