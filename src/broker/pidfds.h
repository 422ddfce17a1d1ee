/*
 * Copies of a program's descriptors, by way of pidfds that are kept from one
 * call to the next: an order faster than /proc, which is needed where a kernel
 * or a container lacks these calls.
 */
#ifndef FILESONLY_BROKER_PIDFDS_H
#define FILESONLY_BROKER_PIDFDS_H

#include <sys/types.h>

#include "base/auto.h"

enum { PIDFDS_MAX = 4 }; /* rsync's server has two processes */

/* Starts as {0}. */
struct pidfds {
	struct {
		pid_t pid; /* 0: empty */
		int fd;
	} at[PIDFDS_MAX];
	unsigned next;
};

/*
 * Copies what the process has open under the number. Returns a descriptor,
 * close-on-exec, that the caller owns, or -1 with errno: EBADF where nothing
 * is, ENOSYS where there is no telling by this way.
 */
int pidfds_copy(struct pidfds *pidfds, pid_t pid, int number) must_check;

void pidfds_close(struct pidfds *pidfds);

#endif
