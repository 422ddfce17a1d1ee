/* The state of our signals at start. */
#ifndef FILESONLY_BASE_SIGNALS_H
#define FILESONLY_BASE_SIGNALS_H

#include "base/auto.h"

/*
 * Gives each signal its default action and blocks none, whatever our parent
 * has left: where SIGCHLD is ignored, for one, no child can be waited for.
 * Returns 0, or -1 with errno.
 */
int signals_reset(void) must_check;

#endif
