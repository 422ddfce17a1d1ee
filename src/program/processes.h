/*
 * The processes of a program: the one that was started and what it leaves
 * behind. All of them are in one process group, in which their filter keeps
 * them, and are or become our children, so that each is waited for by us and
 * by nobody else.
 */
#ifndef FILESONLY_PROGRAM_PROCESSES_H
#define FILESONLY_PROGRAM_PROCESSES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/auto.h"

struct processes {
	pid_t leader; /* the first one, and the group's number; 0: none yet */
	bool ended;   /* the leader was waited for: */
	int status;   /* ... waitpid's */
};

/*
 * Before the first fork: from now on orphans of our descendants become our
 * children. Returns 0, or -1 with errno.
 */
int processes_adopt(void) must_check;

/* Waits for all that have ended. Returns true when the leader is among them. */
bool processes_reap(struct processes *processes);

/* Is any left that was not waited for? */
bool processes_are_left(const struct processes *processes);

/* Signals all that are left; never another's group of the same number. */
void processes_signal(const struct processes *processes, int signal);

#endif
