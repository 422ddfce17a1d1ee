/*
 * A set of files and directories that a session is known to have made, by
 * what the kernel knows them by: device, inode and birth time.
 */
#ifndef FILESONLY_CORE_JAIL_MADE_H
#define FILESONLY_CORE_JAIL_MADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct made_file {
	uint64_t device, inode;
	int64_t birth;   /* ns since 1970; 0: an empty slot */
	bool by_writing; /* the session held it open for writing */
};

/* Starts as {0}. */
struct made {
	struct made_file *slots;
	size_t count, room; /* room: a power of two, or 0 */
};

/*
 * Adds what the descriptor stands for, as far as there is room for a million
 * of them: what is not in the set is judged without it, more strictly.
 */
void made_add(struct made *made, int fd, bool by_writing);

/* Returns the entry, or NULL. */
const struct made_file *made_find(const struct made *made, int fd);

void made_free(struct made *made);

#endif
