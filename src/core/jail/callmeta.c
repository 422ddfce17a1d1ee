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
#include "core/jail/call.h"
#include "core/jail/guard.h"
#include "core/root/root.h"

enum {
	XATTR_NAME_BYTES = 256,        /* XATTR_NAME_MAX and a NUL */
	XATTR_VALUE_BYTES = 64 * 1024, /* XATTR_SIZE_MAX */
};

static uint64_t
argument(const struct call *call, int behind)
{
	return call->args[call->row->what + behind];
}

int
call_set_mode(const struct call *call)
{
	struct stat st;

	if (fstat(call->fd, &st) != 0)
		return -1;
	if (S_ISLNK(st.st_mode)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return root_chmod_pinned(call->root, call->fd,
	    (mode_t)argument(call, 0));
}

int
call_set_owner(const struct call *call)
{
	if (call->guard != NULL)
		guard_remember(call->guard, call->fd);
	return fchownat(call->fd, "", (uid_t)argument(call, 0),
	    (gid_t)argument(call, 1), AT_EMPTY_PATH);
}

int
call_set_times(const struct call *call)
{
	struct timespec times[2];

	if (argument(call, 0) == 0)
		return utimensat(call->fd, "", NULL, AT_EMPTY_PATH);
	if (caller_bytes(&call->caller, argument(call, 0), times,
		sizeof(times)) != 0)
		return -1;
	return utimensat(call->fd, "", times, AT_EMPTY_PATH);
}

/* utimes(2) and futimesat(2) count microseconds. */
int
call_set_times_coarse(const struct call *call)
{
	struct timeval coarse[2];
	struct timespec times[2];

	if (argument(call, 0) == 0)
		return utimensat(call->fd, "", NULL, AT_EMPTY_PATH);
	if (caller_bytes(&call->caller, argument(call, 0), coarse,
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
	return utimensat(call->fd, "", times, AT_EMPTY_PATH);
}

/*
 * The one path to an attribute of what is pinned, from the /proc that is our
 * working directory: in a namespace there is none by name. Symlinks have no
 * attributes.
 */
static int
attribute_path(const struct call *call, char path[32])
{
	struct stat st;

	if (fstat(call->fd, &st) != 0)
		return -1;
	if (S_ISLNK(st.st_mode)) {
		errno = EPERM;
		return -1;
	}
	snprintf(path, 32, "self/fd/%d", call->fd);
	return 0;
}

int
call_set_attribute(const struct call *call)
{
	auto_free char *value = NULL;
	char name[XATTR_NAME_BYTES], path[32];
	uint64_t size = argument(call, 2);

	if (size > XATTR_VALUE_BYTES) {
		errno = E2BIG;
		return -1;
	}
	value = xcalloc(1, (size_t)size + 1);
	if (caller_text(&call->caller, argument(call, 0), name, sizeof(name),
		ERANGE) != 0 ||
	    caller_bytes(&call->caller, argument(call, 1), value,
		(size_t)size) != 0 ||
	    attribute_path(call, path) != 0)
		return -1;
	return setxattr(path, name, value, (size_t)size,
	    (int)argument(call, 3));
}

int
call_remove_attribute(const struct call *call)
{
	char name[XATTR_NAME_BYTES], path[32];

	if (caller_text(&call->caller, argument(call, 0), name, sizeof(name),
		ERANGE) != 0 ||
	    attribute_path(call, path) != 0)
		return -1;
	return removexattr(path, name);
}
