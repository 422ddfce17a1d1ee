/*
 * Names that the policy keeps from clients, in every directory of the root:
 * what is hidden answers as if it were missing, what is denied is refused, and
 * neither can be created. Names are bytes and compared so (glob(7); "*" takes
 * a leading dot, too).
 */
#ifndef FILESONLY_CORE_ROOT_BARRED_H
#define FILESONLY_CORE_ROOT_BARRED_H

#include <stdbool.h>
#include <stddef.h>

struct texts;

struct barred {
	const struct texts *hide; /* borrowed from the policy; NULL: none */
	const struct texts *deny;
};

static inline bool
barred_any(const struct barred *barred)
{
	return barred->hide != NULL || barred->deny != NULL;
}

/*
 * For a name, or for all names of a path without links (root_path_of). Return
 * 0, or an errno: ENOENT for what is hidden, EACCES for what is denied.
 */
int barred_name(const struct barred *barred, const char *name);
int barred_path(const struct barred *barred, const char *path);

/* For a name that is about to be created: EACCES where it is barred. */
int barred_new(const struct barred *barred, const char *name);

#endif
