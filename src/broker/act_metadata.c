/*
 * Metadata of a pinned object: each act is the call that was asked for, with
 * the descriptor in the path's place. What is asked to be set is copied from
 * the caller once, and bounded.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/xattr.h>

#include "base/xalloc.h"
#include "broker/act.h"
#include "broker/create_only.h"
#include "root/root.h"

enum {
	XATTR_NAME_BYTES = 256,        /* XATTR_NAME_MAX and a NUL */
	XATTR_VALUE_BYTES = 64 * 1024, /* XATTR_SIZE_MAX */
};

static uint64_t
argument(const struct act *act, int behind)
{
	return act->args[act->row->what + behind];
}

int
act_set_mode(const struct act *act)
{
	struct stat st;

	if (fstat(act->fd, &st) != 0)
		return -1;
	if (S_ISLNK(st.st_mode)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return root_chmod_pinned(act->root, act->fd, (mode_t)argument(act, 0));
}

int
act_set_owner(const struct act *act)
{
	/* Own by its birth alone, it would no longer be of our uid. */
	if (act->create_only != NULL)
		own_keep(&act->create_only->own, act->fd);
	return fchownat(act->fd, "", (uid_t)argument(act, 0),
	    (gid_t)argument(act, 1), AT_EMPTY_PATH);
}

int
act_set_times(const struct act *act)
{
	struct timespec times[2];

	if (argument(act, 0) == 0)
		return utimensat(act->fd, "", NULL, AT_EMPTY_PATH);
	if (tracee_bytes(&act->tracee, argument(act, 0), times,
		sizeof(times)) != 0)
		return -1;
	return utimensat(act->fd, "", times, AT_EMPTY_PATH);
}

/* utimes(2) and futimesat(2) count microseconds. */
int
act_set_times_coarse(const struct act *act)
{
	struct timeval coarse[2];
	struct timespec times[2];

	if (argument(act, 0) == 0)
		return utimensat(act->fd, "", NULL, AT_EMPTY_PATH);
	if (tracee_bytes(&act->tracee, argument(act, 0), coarse,
		sizeof(coarse)) != 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		if (coarse[i].tv_usec < 0 || coarse[i].tv_usec >= 1000000) {
			errno = EINVAL;
			return -1;
		}
		times[i] = (struct timespec){ coarse[i].tv_sec,
			coarse[i].tv_usec * 1000 };
	}
	return utimensat(act->fd, "", times, AT_EMPTY_PATH);
}

/*
 * The one path to an attribute of what is pinned, from the /proc that is our
 * working directory: in a namespace there is none by name. Symlinks have no
 * attributes.
 */
static int
attribute_path(const struct act *act, char path[32])
{
	struct stat st;

	if (fstat(act->fd, &st) != 0)
		return -1;
	if (S_ISLNK(st.st_mode)) {
		errno = EPERM;
		return -1;
	}
	snprintf(path, 32, "self/fd/%d", act->fd);
	return 0;
}

int
act_set_attribute(const struct act *act)
{
	auto_free char *value = NULL;
	char name[XATTR_NAME_BYTES], path[32];
	uint64_t size = argument(act, 2);

	if (size > XATTR_VALUE_BYTES) {
		errno = E2BIG;
		return -1;
	}
	value = xcalloc(1, (size_t)size + 1);
	if (tracee_text(&act->tracee, argument(act, 0), name, sizeof(name),
		ERANGE) != 0 ||
	    tracee_bytes(&act->tracee, argument(act, 1), value, (size_t)size) !=
		0 ||
	    attribute_path(act, path) != 0)
		return -1;
	return setxattr(path, name, value, (size_t)size, (int)argument(act, 3));
}

int
act_remove_attribute(const struct act *act)
{
	char name[XATTR_NAME_BYTES], path[32];

	if (tracee_text(&act->tracee, argument(act, 0), name, sizeof(name),
		ERANGE) != 0 ||
	    attribute_path(act, path) != 0)
		return -1;
	return removexattr(path, name);
}
