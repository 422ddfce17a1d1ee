/*
 * Names that filesonly keeps for itself in the directories of a root: what is
 * on its way in or out of a name. No client reaches one, no listing shows one.
 */
#ifndef FILESONLY_ROOT_PRIVATE_NAMES_H
#define FILESONLY_ROOT_PRIVATE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"

enum { PRIVATE_BYTES = 40 };

enum private_kind {
	PRIVATE_UPLOAD = 'u',  /* an upload that is not complete */
	PRIVATE_REMOVED = 'r', /* what is about to be removed or replaced */
};

/*
 * A new name, which nobody can guess, with a mark of those who make it. Returns
 * 0, or -1 with errno.
 */
int private_name(char name[PRIVATE_BYTES], enum private_kind kind,
    uint32_t mark) must_check;

/* Is the name (one component) ours? Of that kind? */
bool private_is(const char *name);
bool private_is_kind(const char *name, enum private_kind kind);

/* Is it a name of ours that was made with this mark? */
bool private_has_mark(const char *name, uint32_t mark);

/* Has the path a component that is ours? */
bool private_in_path(const char *path);

#endif
