/*
 * A set of files and directories that a session is known to have made, by
 * what the kernel knows them by: device, inode and birth time.
 */
#ifndef FILESONLY_BROKER_FILESET_H
#define FILESONLY_BROKER_FILESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fileset_item {
	uint64_t device, inode;
	int64_t birth;   /* ns since 1970; 0: an empty slot */
	bool by_writing; /* the session held it open for writing */
};

/* Starts as {0}. */
struct fileset {
	struct fileset_item *slots;
	size_t count, room; /* room: a power of two, or 0 */
};

/*
 * Adds what the descriptor stands for, as far as there is room for a million
 * of them: what is not in the set is judged without it, more strictly.
 */
void fileset_add(struct fileset *made, int fd, bool by_writing);

/* Returns the entry, or NULL. */
const struct fileset_item *fileset_find(const struct fileset *made, int fd);

void fileset_free(struct fileset *made);

#endif
