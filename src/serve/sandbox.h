/* What the network process gives away before it hears a stranger. */
#ifndef FILESONLY_SERVE_SANDBOX_H
#define FILESONLY_SERVE_SANDBOX_H

#include "base/auto.h"

/*
 * For good: no file, no new process, no socket; bounds on memory. What the
 * kernel lacks of Landlock is made up for by the filter, which alone holds
 * too. Returns 0, or -1 with errno.
 */
int sandbox_enter(void) must_check;

#endif
