/*
 * The world of a race: a root with a tree to read and one to write, the
 * client's own files, and what lies outside, of which nothing may be seen or
 * changed. Names in the root are exchanged with symlinks to outside, absolute
 * and relative ones, as fast as a process of its own can.
 */
#ifndef FILESONLY_TESTS_RACE_COMMON_WORLD_H
#define FILESONLY_TESTS_RACE_COMMON_WORLD_H

#include <stdint.h>
#include <sys/types.h>

#include "tests/race/common/tree.h"

enum { OUTSIDE_TIME = 0x4f757421 }; /* of all that lies there: "Out!" */

enum area {
	AREA_SRC = 1,  /* root/src: read */
	AREA_DST = 2,  /* root/dst: written, older files lie there */
	AREA_SIDE = 4, /* root/old, root/tmp, root/prev, root/part: directories
			* that options name */
};

struct world {
	char *base; /* holds root, far (outside), up (the client's files) and
		     * got (what the client gets) */
	int fd;
	char *before; /* the picture of outside */
};

/* Makes all of it in an existing directory. */
void world_open(struct world *world, const char *base);
void world_close(struct world *world);

/* A fresh root and an empty got. */
void world_renew(struct world *world);

/*
 * Compares outside with what it was and searches root, got and, where there
 * is one, the file "out" (what the client has printed). Returns NULL, or a
 * text that the caller frees; outside is made anew then. *metadata grows by
 * what was learned of outside beyond contents and names.
 */
char *world_escape(struct world *world, unsigned *metadata) must_check;

/* What would be a secret in a reply or in a tree. */
extern const struct marks world_marks;

struct flipper {
	pid_t pid;
	volatile uint64_t *count; /* shared with it */
};

/* Exchanges names and counts that, until it is ended. */
typedef void flipper_loop(const void *context, volatile uint64_t *count);

/* Begins a loop, in a process of its own. */
void flipper_run(struct flipper *flipper, flipper_loop *loop,
    const void *context);

/* Begins to exchange names of these areas (of enum area). */
void flipper_start(struct flipper *flipper, const struct world *world,
    unsigned areas);

/* Ends it. Returns how many names were exchanged. */
uint64_t flipper_stop(struct flipper *flipper);

#endif
