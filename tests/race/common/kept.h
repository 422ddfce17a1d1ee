/*
 * The world of a race in create-only: a root with objects that exist before any
 * session and may be neither changed nor moved nor removed, and in it the free
 * directory "locks", where all may be; files there ("pre0", ...) that may leave
 * once and are protected then. Each object is held by a descriptor, so that
 * none of its numbers becomes another's.
 */
#ifndef FILESONLY_TESTS_RACE_COMMON_KEPT_H
#define FILESONLY_TESTS_RACE_COMMON_KEPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "tests/race/common/world.h"

enum { KEPT_LEAVERS = 48, KEPT_MAX = 64 };

struct kept_object {
	char *path; /* in the root; owned; NULL: a leaver that has not left */
	int fd;     /* O_PATH */
	struct stat st;
	char *content;   /* a file's bytes, a symlink's text; owned */
	bool is_flipped; /* its name is exchanged with another one's */
	bool is_linked;  /* it has a name in the free directory, too */
};

struct kept_world {
	char *base; /* holds root and up (what rsync sends) */
	int fd, root;
	struct stat free; /* the free directory */
	struct kept_object objects[KEPT_MAX];
	size_t count;
	struct kept_object leavers[KEPT_LEAVERS];
};

/* Makes all of it in an existing directory. */
void kept_open(struct kept_world *world, const char *base);
void kept_close(struct kept_world *world);

/* A fresh root, in which all is older than what a session makes. */
void kept_renew(struct kept_world *world);

/* Something was moved out of the free directory to that name: if it is a
 * leaver, it is protected from now on, as it is. */
void kept_has_left(struct kept_world *world, const char *path);

/* How many objects have come to what harm. */
struct kept_harm {
	unsigned changed; /* bytes, mode, owner, time */
	unsigned moved;   /* another name than it had */
	unsigned entered; /* a name in the free directory */
	unsigned lost;    /* no name */
	unsigned left;    /* a leaver that was changed, moved or lost */
	char first[256];  /* how the first looked; "": none */
};

/* Adds what is seen now, while nobody changes anything. */
void kept_compare(const struct kept_world *world, struct kept_harm *harm);

/* How many of what existed in the free directory have changed or left. */
unsigned kept_free_changes(const struct kept_world *world);

enum kept_pairs {
	KEPT_OWN_PAIRS = 1, /* what sessions make, and what exists */
	KEPT_PAIRS = 2,     /* what exists; what is free; and symlinks to each
			     * other's place */
	KEPT_SWAP = 4,      /* the free directory, and one that exists */
};

/* Begins to exchange the names of such pairs. flipper_stop ends it. */
void kept_flip(struct flipper *flipper, const struct kept_world *world,
    unsigned kinds);

#endif
