/*
 * The first process of a program's own PID namespace, which keeps it: what the
 * program leaves behind ends with it, and it ends with the supervisor. In the
 * program's mount namespace it sees to the machine's mounts, which come and go:
 * those that come get the rights that the root's tree has; where they can't
 * come, since the machine's are private, the session ends when they change.
 *
 * It keeps the power to change mounts, so it talks to nobody: the program
 * neither reaches nor sees it.
 */
#ifndef FILESONLY_CONFINE_KEEPER_H
#define FILESONLY_CONFINE_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"

struct keeper_plan {
	bool follow;      /* what the machine mounts comes into the tree */
	int proc;         /* then: the machine's /proc, borrowed */
	int machine;      /* else: its mountinfo as of before the copy was made,
			   * borrowed, or -1: it isn't watched; ... */
	uint64_t seen;    /* ... what keeper_look found there then ... */
	const char *own;  /* ... below the root's path on the machine */
	uint64_t flags;   /* MOUNTCALLS_ of every mount in the tree */
	const char *tree; /* where the tree is to stand */
	int held;         /* the root's directory on the machine, borrowed: the
			   * file system that it is on can't be unmounted */
};

struct keeper {
	pid_t pid; /* 0: there is none */
	int line;  /* when it is closed the keeper ends */
};

/*
 * Returns a digest of the mounts below the path own that mountinfo lists, which
 * changes when they do, or 0 if it can't be read. own has no slash at its end,
 * unless it is "/".
 */
uint64_t keeper_look(int list, const char *own);

/*
 * Starts it: the first child after unshare(CLONE_NEWPID). Returns 0 with
 * *keeper and in *proc a detached /proc of the namespace (-1: it can't be had),
 * or -1 with errno. keeper_end ends it in any case.
 */
int keeper_start(const struct keeper_plan *plan, struct keeper *keeper,
    int *proc) must_check;

/*
 * Once the tree stands and "/" is the program's: it begins to keep. Returns 0,
 * or -1 with errno.
 */
int keeper_begin(const struct keeper *keeper) must_check;

/*
 * Ends it, and with it all that is left in its namespace. Returns true where it
 * had ended by itself, because the machine's mounts had changed.
 */
bool keeper_end(struct keeper *keeper);

#endif
