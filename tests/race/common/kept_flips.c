/*
 * Exchanges names of the world of create-only, as the machine's administrator
 * could: of what exists among itself, of what is free among itself, and of
 * what sessions make with what exists. No pair brings anything into the free
 * directory or out of it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "tests/race/common/kept.h"

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

enum { FLIP, FREE, TOP, DIRECTORIES }; /* held open: never by a raced name */

static const char *const directories[DIRECTORIES] = { "flip", "locks", "." };

struct pair {
	int from;
	const char *name;
	int to;
	const char *other;
	enum kept_pairs kind;
};

// clang-format off
static const struct pair pairs[] = {
	{ FLIP, "mine0",   FLIP, "kept0",   KEPT_OWN_PAIRS },
	{ FLIP, "a0",      FLIP, "a1",      KEPT_PAIRS },
	{ FLIP, "e0",      FLIP, "e1",      KEPT_PAIRS },
	{ FLIP, "mine1",   FLIP, "kept1",   KEPT_OWN_PAIRS },
	{ FLIP, "in",      FLIP, "in-free", KEPT_PAIRS },
	{ FREE, "x",       FREE, "outx",    KEPT_PAIRS },
	{ FLIP, "mine2",   FLIP, "kept2",   KEPT_OWN_PAIRS },
	{ FREE, "d",       FREE, "outd",    KEPT_PAIRS },
	{ FREE, "y",       FREE, "alias",   KEPT_PAIRS },
	{ TOP,  "locks",   FLIP, "top",     KEPT_SWAP },
};
// clang-format on

enum { HEAL_EVERY = 16 };

struct kept_flips {
	const struct kept_world *world;
	unsigned kinds;
};

/* What sessions may have removed from the free directory. */
static void
heal_free(int free, int root)
{
	static const char *const files[] = { "x", "y" };

	for (int i = 0; i < 2; i++) {
		int file = openat(free, files[i],
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

		if (file >= 0)
			close(file);
	}
	(void)!symlinkat("../keep/f1", free, "outx");
	(void)!symlinkat("../keep/d0", free, "outd");
	(void)!mkdirat(free, "d", 0755);
	(void)!linkat(root, "keep/f2", free, "alias", 0);
}

static void
flip_kept(const void *context, volatile uint64_t *count)
{
	const struct kept_flips *flips = context;
	int held[DIRECTORIES];

	for (int i = 0; i < DIRECTORIES; i++) {
		held[i] = openat(flips->world->root, directories[i],
		    O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (held[i] < 0)
			die("open", directories[i]);
	}
	for (uint64_t round = 0;; round++) {
		if (round % HEAL_EVERY == 0)
			heal_free(held[FREE], flips->world->root);
		for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
			const struct pair *pair = &pairs[i];

			if ((pair->kind & flips->kinds) == 0)
				continue;
			*count += syscall(SYS_renameat2, held[pair->from],
				      pair->name, held[pair->to], pair->other,
				      RENAME_EXCHANGE) == 0;
		}
	}
}

void
kept_flip(struct flipper *flipper, const struct kept_world *world,
    unsigned kinds)
{
	const struct kept_flips flips = { world, kinds };

	flipper_run(flipper, flip_kept, &flips);
}
