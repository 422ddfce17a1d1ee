/*
 * A jailed program's thread that waits in a notified call: its memory, copied
 * once and never read again, and what it names, pinned as the call itself
 * would have found it. For the broker and its acts alone.
 */
#ifndef FILESONLY_BROKER_TRACEE_H
#define FILESONLY_BROKER_TRACEE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"

struct pidfds;

/*
 * What a call needs beside its first path, copied together with it: each copy
 * is a system call of its own, and one of the dearest.
 */
struct tracee_ahead {
	uint64_t from;
	size_t wanted; /* how much, until it was tried */
	size_t copied; /* how much was there */
	char bytes[256];
};

struct tracee {
	pid_t pid;    /* a thread's */
	int proc;     /* /proc, open as it was before the jail */
	int listener; /* tells whether the caller still waits */
	uint64_t id;  /* of its notification */
	struct pidfds *pidfds;
	struct tracee_ahead *ahead;
};

/* A name in a pinned directory: what is made, renamed or removed. */
struct tracee_name {
	int parent;              /* O_PATH; owned */
	char name[NAME_MAX + 1]; /* one component, neither "." nor ".." */
	bool directory;          /* a slash stood behind it */
	int dir;                 /* the caller's, where the path starts */
	bool is_plain;           /* ... and where the name is */
};

/*
 * Does the caller still wait in its call? Returns 0, or -1 with errno. Its
 * number may be another process's once it is gone: so first all is read and
 * pinned that a call needs, then this is asked, and only then something is
 * done.
 */
int tracee_check(const struct tracee *tracee) must_check;

/*
 * A string of at most size bytes with its NUL (errno too_long where it has
 * none in that many, EFAULT). Returns 0 or -1 with errno.
 */
int tracee_text(const struct tracee *tracee, uint64_t from, char *to,
    size_t size, int too_long) must_check;

/* Exactly size bytes. Returns 0, or -1 with EFAULT. */
int tracee_bytes(const struct tracee *tracee, uint64_t from, void *to,
    size_t size) must_check;

/*
 * Writes exactly size bytes into the caller's memory, which still waits. That
 * the number could become another process's in between is no danger: Landlock
 * and the namespace let us write to processes behind our own walls only.
 * Returns 0, or -1 with errno.
 */
int tracee_give(const struct tracee *tracee, uint64_t to, const void *bytes,
    size_t size) must_check;

/*
 * Pins, O_PATH, what the path at that address names; dir is the caller's
 * descriptor or AT_FDCWD, flags are AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH.
 * Returns a descriptor that the caller of this owns, or -1 with errno.
 */
int tracee_pin(const struct tracee *tracee, int dir, uint64_t path,
    int flags) must_check;

/*
 * The same for the caller's open descriptor (EBADF if that is O_PATH). The copy
 * may have more rights than O_PATH gives.
 */
int tracee_pin_open(const struct tracee *tracee, int number) must_check;

/*
 * The directory and last component of a path. EBUSY where that is the
 * directory itself. Where first is not NULL and both names stand in the one
 * directory from which both paths start, name->parent is -1 and first->parent
 * is meant. tracee_name_close ends it, in every case.
 */
int tracee_find_name(const struct tracee *tracee, int dir, uint64_t path,
    const struct tracee_name *first, struct tracee_name *name) must_check;
void tracee_name_close(struct tracee_name *name);

#endif
