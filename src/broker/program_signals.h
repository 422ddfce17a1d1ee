/*
 * A program's signals where neither a namespace of processes nor Landlock (its
 * ABI 6) keeps them from others of the account.
 */
#ifndef FILESONLY_BROKER_PROGRAM_SIGNALS_H
#define FILESONLY_BROKER_PROGRAM_SIGNALS_H

#include <sys/types.h>

#include "base/auto.h"

/*
 * Sends the signal to one process of the group, which our program leads and
 * can't leave. Returns 0, or -1 with errno: ESRCH for all others, as in a
 * namespace, where they aren't there.
 */
int program_signals_send(pid_t group, pid_t target, int signal) must_check;

#endif
