/*
 * Trees of the race tests: making them, removing them, looking for what may
 * not be in them, and all that can be seen of one as text. Errors end the
 * program: they are the test's own.
 */
#ifndef FILESONLY_TESTS_RACE_COMMON_TREE_H
#define FILESONLY_TESTS_RACE_COMMON_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

/* Says what the test itself could not do, with errno, and ends with 2. */
void die(const char *what, const char *which) __attribute__((noreturn));

/* So many seconds, TEST_SLOW times as long: where a processor is emulated. */
unsigned slowly(unsigned seconds);

/* The text is the caller's to free. */
char *text_of(const char *format, ...) printf_like(1, 2);

/* Makes a directory, a file or a symlink below dir; what is there is kept. */
void make_directory(int dir, const char *path);
void make_file(int dir, const char *path, const char *content, size_t size);
void make_link(int dir, const char *text, const char *path);

/* Removes path below dir with all that is in it; it may be missing. */
void remove_tree(int dir, const char *path);

/* All of a file, at most max bytes; the caller frees. NULL: not there. */
char *read_file(int dir, const char *path, size_t max, size_t *len) must_check;

/*
 * Names, kinds, contents, modes, owners, times, link counts, inodes and
 * attributes of all that lies in a directory, as text. Neither follows
 * symlinks nor changes a time of access, so that the next picture tells who
 * else has read something: files and directories are shown with theirs, at the
 * beginning of their lines.
 */
char *tree_picture(const char *path) must_check;

/* What a search of a tree, or of bytes, is for. */
struct marks {
	const char *const *texts; /* ended by NULL; in contents and names */
	const char *link;         /* in the texts of symlinks */
	int64_t time;             /* a time of modification, or 0 */
};

struct found {
	unsigned contents; /* of texts: files with one in them, names */
	unsigned metadata; /* of link and time */
	char first[256];   /* where; "" where nothing */
};

void tree_search(const char *path, const struct marks *marks,
    struct found *found);
bool has_text(const char *bytes, size_t len,
    const char *const *texts) must_check;

#endif
