/*
 * An administrator ends a session: filesonlyctl kick sends a signal to the
 * gate, which ends as it does for a limit, and says in the record who sent it.
 */
#ifndef FILESONLY_LIMITS_KICK_SIGNAL_H
#define FILESONLY_LIMITS_KICK_SIGNAL_H

#include <signal.h>
#include <sys/types.h>

#include "base/auto.h"

/*
 * One that nobody else sends. SIGUSR1 is no choice: an rsync client that fails
 * sends it to what it has started, which is the gate where no ssh is between.
 */
#define KICK_SIGNAL SIGRTMAX

/*
 * From now on the signal is noted and calls that wait end with EINTR, where it
 * would have ended the process before. One that comes between a look and the
 * wait is heard at the next turn: who sends it sends it again until the session
 * is gone. SIGUSR1 ends nothing: whoever sends it closes the streams, too, and
 * the session ends by that, with its last line. Returns 0, or -1 with errno.
 */
int kick_listen(void) must_check;

/* "kicked" (a constant) where the session must end, else NULL. No call. */
const char *kick_heard(void);

/*
 * The sender's uid as the kernel told it, in the user namespace that we had
 * when it came: one without a number there is its overflow uid.
 */
uid_t kick_sender(void);

#endif
