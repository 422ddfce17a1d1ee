/*
 * What stands in a mount namespace: the root's tree as "/", or a small world
 * around it with the files that a program needs to start. A part of mountns.
 */
#ifndef FILESONLY_CONFINE_MOUNTWORLD_H
#define FILESONLY_CONFINE_MOUNTWORLD_H

#include <stdint.h>

#include "base/auto.h"
#include "confine/mountns.h"

struct mountworld {
	const struct mountns_plan *plan;
	const char **step; /* what is being done, for the error */
	int tree;          /* a detached copy of the root's mounts, or -1 */
	int proc;          /* a detached /proc for it, or -1; the world's */
	int *files;        /* detached copies of plan->files, or NULL */
};

/*
 * Takes copies of all that will stand in the world, in a namespace of our own
 * and with the root as working directory. Before anything is mounted: with the
 * root "/" a mount of ours would be copied, too. mountworld_free ends it in any
 * case. Returns 0, or -1 with errno.
 */
int mountworld_take(struct mountworld *world) must_check;

/*
 * Builds the world, mounted where the working directory is; that is its "/"
 * afterwards, ready to become the namespace's. Returns 0, or -1 with errno.
 */
int mountworld_build(struct mountworld *world) must_check;

void mountworld_free(struct mountworld *world);

/* The flags (MOUNTCALLS_) that every mount of the tree gets. */
uint64_t mountworld_flags(const struct mountns_plan *plan);

/* Mounts a small tmpfs on the working directory, and goes there. */
int mountworld_enter_tmpfs(const char **step) must_check;

#endif
