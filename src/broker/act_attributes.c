/*
 * Extended attributes of a pinned object: set and removed here, or by the
 * process that stays outside, which also reads them for the program then.
 * Symlinks have none that an account could change, but root's trusted.*.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/xalloc.h"
#include "broker/act.h"
#include "broker/attribute_process.h"

/*
 * The one path to an attribute of what is pinned, from the /proc that is our
 * working directory: in a namespace there is none by name.
 */
static int
act_attribute_path(const struct act *act, char path[32])
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
act_take_attribute_name(struct act *act)
{
	return tracee_text(&act->tracee, act_argument(act, 0), act->attribute,
	    sizeof(act->attribute), ERANGE);
}

int
act_take_attribute(struct act *act)
{
	uint64_t size = act_argument(act, 2);

	if (size > ATTRIBUTES_VALUE_BYTES) {
		errno = E2BIG;
		return -1;
	}
	act->size = (size_t)size;
	act->value = xcalloc(1, act->size + 1);
	if (act_take_attribute_name(act) != 0)
		return -1;
	return tracee_bytes(&act->tracee, act_argument(act, 1), act->value,
	    act->size);
}

int
act_set_attribute(struct act *act)
{
	int flags = (int)act_argument(act, 3);
	char path[32];

	if (act->attributes != NULL)
		return attributes_set(act->attributes, act->fd, act->attribute,
		    act->value, act->size, flags);
	if (act_attribute_path(act, path) != 0)
		return -1;
	return setxattr(path, act->attribute, act->value, act->size, flags);
}

int
act_remove_attribute(struct act *act)
{
	char path[32];

	if (act->attributes != NULL)
		return attributes_remove(act->attributes, act->fd,
		    act->attribute);
	if (act_attribute_path(act, path) != 0)
		return -1;
	return removexattr(path, act->attribute);
}

/* What was read becomes the caller's; got is the call's own result. */
static int
act_give(struct act *act, uint64_t to, ssize_t got)
{
	if (got < 0)
		return -1;
	act->result = got;
	return act->size == 0
		   ? 0
		   : tracee_give(&act->tracee, to, act->value, (size_t)got);
}

/* Room for what is read: no attribute and no list is longer. */
static void
act_make_room(struct act *act, uint64_t size)
{
	act->size = size < ATTRIBUTES_VALUE_BYTES ? (size_t)size
						  : ATTRIBUTES_VALUE_BYTES;
	act->value = xcalloc(1, act->size + 1);
}

int
act_get_attribute(struct act *act)
{
	act_make_room(act, act_argument(act, 2));
	return act_give(act, act_argument(act, 1),
	    attributes_get(act->attributes, act->fd, act->attribute, act->value,
		act->size));
}

int
act_list_attributes(struct act *act)
{
	act_make_room(act, act_argument(act, 1));
	return act_give(act, act_argument(act, 0),
	    attributes_list(act->attributes, act->fd, act->value, act->size));
}
