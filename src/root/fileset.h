/*
 * A set of the objects that a session is known to have made, and since when.
 *
 * An object is known by its device and inode and by what tells it from the
 * next one that gets that inode number: its birth, or where its file system
 * keeps none, its file handle (which holds a generation). Time is counted by
 * CLOCK_BOOTTIME, which can't be set and goes on while the machine sleeps.
 *
 * Memory is bounded: beyond FILESET_MAX the oldest are forgotten. What is
 * forgotten is judged without the set, which is stricter.
 */
#ifndef FILESONLY_ROOT_FILESET_H
#define FILESONLY_ROOT_FILESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

enum { FILESET_MAX = 512 * 1024 };

struct fileset_item {
	uint64_t device, inode;
	uint64_t stamp; /* of birth or handle; 0: the file system has neither */
	int64_t since;  /* when it was added last: fileset_now */
	uint32_t next;  /* in its bucket: index + 1, 0: none */
};

/* Starts as {0}, or with a limit. */
struct fileset {
	size_t limit; /* how many it holds: a power of two from 64 on; 0:
		       * FILESET_MAX */
	struct fileset_item *items; /* a ring, from the oldest on */
	uint32_t *buckets;          /* heads of chains: index + 1, 0: none */
	size_t room;                /* of both: a power of two, or 0 */
	size_t first, count;        /* of the ring */
};

/* Milliseconds of CLOCK_BOOTTIME. */
int64_t fileset_now(void) must_check;

/*
 * Adds the object of the descriptor (O_PATH will do), or renews its time if it
 * is in the set already. An object that can't be identified is not added.
 */
void fileset_add(struct fileset *set, int fd, int64_t now);

/* Was the object added, and at most window seconds before now? */
bool fileset_has(const struct fileset *set, int fd, int64_t now,
    unsigned window) must_check;

/* Forgets the object: it is about to be removed. */
void fileset_drop(struct fileset *set, int fd);

void fileset_free(struct fileset *set);

#endif
