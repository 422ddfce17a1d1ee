/*
 * Capabilities (capabilities(7)): what is left of root's power in the jail,
 * and nothing at all for everybody else.
 */
#ifndef FILESONLY_CONFINE_CAPS_H
#define FILESONLY_CONFINE_CAPS_H

#include <stdbool.h>

#include "base/auto.h"

enum caps_keep {
	CAPS_NONE,            /* nothing: an ordinary user, a user namespace */
	CAPS_MOUNT,           /* change mounts, and nothing else: SYS_ADMIN */
	CAPS_READ,            /* read every file: DAC_READ_SEARCH, FOWNER (for
			       * O_NOATIME) */
	CAPS_WRITE,           /* ... and change it: CHOWN, DAC_OVERRIDE, FOWNER,
			       * FSETID; and see who writes it, whosever it is:
			       * LEASE */
	CAPS_ATTRIBUTES_READ, /* read every attribute: DAC_READ_SEARCH, FOWNER,
			       * SYS_ADMIN */
	CAPS_ATTRIBUTES,      /* ... and set it: DAC_OVERRIDE, FSETID, SETFCAP
			       */
	CAPS_RESTORE, /* ... and all that rsync -aHAX -D restores: MKNOD,
		       * SETFCAP. Of attributes those that take SYS_ADMIN
		       * are another process's (broker/attribute_process.h) */
};

/*
 * Reduces this process, and what it will execute, to at most keep: bounding
 * set, permitted, effective; inheritable and ambient are emptied. What it did
 * not have before it has not afterwards. Sets no_new_privs, without which a
 * bounding set that may not be dropped (no CAP_SETPCAP) would still count.
 * Returns 0, or -1 with errno.
 */
int caps_reduce(enum caps_keep keep) must_check;

/* Returns true where we may make and change mounts (CAP_SYS_ADMIN). */
bool caps_may_mount(void) must_check;

#endif
