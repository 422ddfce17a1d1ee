/*
 * What the acts have in common: how they find what the caller names, and how
 * it is proved.
 */
#include "broker/act.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "broker/create_only.h"
#include "root/root.h"

uint64_t
act_argument(const struct act *act, int behind)
{
	return act->args[act->row->what + behind];
}

bool
act_is_made(const struct act *act, int fd)
{
	return act->create_only != NULL &&
	       own_is_made(&act->create_only->own, fd);
}

int
act_prove(const struct act *act, int fd)
{
	not_zeroed char where[PATH_MAX];

	if (tracee_check(&act->tracee) != 0)
		return -1;
	if (act_is_made(act, fd) || root_path_of(act->root, fd, where) >= 0)
		return 0;
	errno = EACCES;
	return -1;
}

int
act_find_name(const struct act *act, int dir, int path,
    const struct tracee_name *first, struct tracee_name *name)
{
	return tracee_find_name(&act->tracee,
	    dir < 0 ? AT_FDCWD : (int)act->args[dir], act->args[path], first,
	    name);
}
