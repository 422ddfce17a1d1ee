/* A mode that the policy forces on new files is not for the umask to change. */
#ifndef FILESONLY_SUBSYS_UMASK_H
#define FILESONLY_SUBSYS_UMASK_H

#include <sys/stat.h>

#include "policy/policy.h"

#define UMASK_KEPT ((mode_t)-1)

#define auto_umask __attribute__((cleanup(umask_give_back), unused))

/*
 * Takes the umask away where the mode (file-mode or dir-mode) is forced. The
 * local that holds the result (auto_umask) gives it back.
 */
static inline mode_t must_check
umask_take(unsigned forced_mode)
{
	return forced_mode == MODE_UNSET ? UMASK_KEPT : umask(0);
}

static inline void
umask_give_back(const mode_t *mask)
{
	if (*mask != UMASK_KEPT)
		umask(*mask);
}

#endif
