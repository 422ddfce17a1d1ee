/*
 * Ends this process where it burns CPU and does not get on: the SSH library
 * was known to spin. Counts CPU and no time, so a process that waits is never
 * woken, and a turn of a loop costs no system call.
 */
#ifndef FILESONLY_SERVE_WATCHDOG_H
#define FILESONLY_SERVE_WATCHDOG_H

#include "base/auto.h"

enum {
	WATCHDOG_SECONDS = 5, /* of CPU */
	WATCHDOG_STATUS = 3,  /* the exit status where it bites */
};

/*
 * From now on: exits with WATCHDOG_STATUS where so much CPU was used in one
 * turn, or with nothing moved and a tenth of a processor or more. Returns 0, or
 * -1 with errno.
 */
int watchdog_start(unsigned seconds) must_check;

/* One more turn of the loop. */
void watchdog_turn(void);

/* A byte of a transfer, a login, a request: something that was wanted. */
void watchdog_moved(void);

#endif
