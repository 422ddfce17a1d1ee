/* The files that are served, and what they hold. */
#ifndef FILESONLY_TESTS_BENCH_DRIVE_TREE_H
#define FILESONLY_TESTS_BENCH_DRIVE_TREE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum {
	BIG_SIZE = 128 << 20,
	SMALL_SIZE = 4096,
	SMALL_FILES = 1000, /* three levels down */
	NEW_FILES = 8000,
	LISTED = 10000, /* entries of one directory */
	TREE_PATH = 64, /* bytes of a path */
};

#define TREE_BIG "big"
#define TREE_UPLOAD "new/big"
#define TREE_LIST "list"

struct tree {
	const char *top;
	const unsigned char *content; /* BIG_SIZE bytes */
	struct stat small[SMALL_FILES];
};

/* Makes the tree below an empty directory. */
void tree_make(struct tree *tree, const char *top);

/* Paths relative to the top. */
void tree_small(char path[TREE_PATH], uint32_t i);
void tree_new(char path[TREE_PATH], uint32_t i);
void tree_listed(char path[TREE_PATH], uint32_t i);

/* What the i-th small file holds: SMALL_SIZE bytes. */
const unsigned char *tree_small_content(const struct tree *tree, uint32_t i);

/* The file must hold just this; it is removed. */
void tree_check(const struct tree *tree, const char *path,
    const unsigned char *content, size_t len);

#endif
