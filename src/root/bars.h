/*
 * Names that the policy keeps from clients, in every directory of the root:
 * what is hidden answers as if it were missing, what is denied is refused, and
 * neither can be created. Names are bytes and compared so (glob(7); "*" takes
 * a leading dot, too).
 */
#ifndef FILESONLY_ROOT_BARS_H
#define FILESONLY_ROOT_BARS_H

#include <stdbool.h>
#include <stddef.h>

struct texts;

struct bars {
	const struct texts *hide; /* borrowed from the policy; NULL: none */
	const struct texts *deny;
};

static inline bool
bars_any(const struct bars *bars)
{
	return bars->hide != NULL || bars->deny != NULL;
}

/*
 * For a name, or for all names of a path without links (root_path_of). Return
 * 0, or an errno: ENOENT for what is hidden, EACCES for what is denied.
 */
int bars_name(const struct bars *bars, const char *name);
int bars_path(const struct bars *bars, const char *path);

/* For a name that is about to be created: EACCES where it is barred. */
int bars_new(const struct bars *bars, const char *name);

#endif
