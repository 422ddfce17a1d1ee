/*
 * The seccomp filters, compiled by libseccomp when filesonly is built
 * (tools/mkfilters.c) and loaded here as they are.
 */
#ifndef FILESONLY_CORE_FILTER_H
#define FILESONLY_CORE_FILTER_H

#include <stdbool.h>

#include "base/auto.h"

enum filter {
	FILTER_FILES,              /* internal subsystems: an allow-list */
	FILTER_PROGRAM,            /* rsync, metadata calls allowed (namespace) */
	FILTER_PROGRAM_BROKERED,   /* rsync, path-based metadata notified */
	FILTER_PROGRAM_READ_ONLY,  /* rsync, every metadata call refused */
	FILTER_COUNT
};

/*
 * Loads a filter onto this thread; no_new_privs must be set. Returns 0, or
 * -1 with errno.
 */
int filter_load(enum filter filter) must_check;

/*
 * The same, with a listener for the calls that the filter notifies: returns
 * its descriptor (close-on-exec), or -1 with errno (EBUSY: a container has
 * installed one already).
 */
int filter_load_with_listener(enum filter filter) must_check;

#endif
