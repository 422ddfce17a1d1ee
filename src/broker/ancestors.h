/*
 * The directories above the root, for a program that goes down to it from "/",
 * step by step. rsync 3.5.0 as published opens each of them to read it, which
 * Landlock forbids, though it only wants to pass (later releases, and Debian's,
 * open them with O_PATH). So it has them open from the start, O_PATH, each
 * under a number that is set aside: an open that means one is answered with
 * that number, a close of it is answered and not done. What such a descriptor
 * is good for, any program behind Landlock can do that names the path.
 */
#ifndef FILESONLY_BROKER_ANCESTORS_H
#define FILESONLY_BROKER_ANCESTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Which numbers: powers of two, as tools/mkfilters.c compares them by a mask.
 */
enum { ANCESTORS_FIRST = 192, ANCESTORS_MAX = 64 };

struct ancestors {
	struct {
		dev_t dev;
		ino_t ino;
	} at[ANCESTORS_MAX]; /* the first is the root's parent */
	size_t count; /* at[i] is open under ANCESTORS_FIRST + i; 0 at first */
};

/*
 * Opens what lies above the directory, for a program to inherit. There is none
 * where it lies too deep, or descriptors have no such numbers.
 */
void ancestors_open(struct ancestors *ancestors, int directory);
void ancestors_close(const struct ancestors *ancestors);

/* Are these the flags of open with which such a program passes through? */
bool ancestors_are_wanted(int flags);

/* The number under which the pinned directory is open, or -1. */
int ancestors_number(const struct ancestors *ancestors, int fd);

#endif
