/* A bounded list of names, as a directory or a path's wildcards make it. */
#ifndef FILESONLY_BASE_NAMES_H
#define FILESONLY_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"

enum {
	NAMES_MAX_COUNT = 65536,
	NAMES_MAX_BYTES = 1 << 20, /* execve takes 2 MiB with its pointers */
};

struct names {
	char **at; /* count C strings, owned */
	size_t count, room;
	size_t bytes; /* of all, with their NULs */
};

/* Appends a copy. Returns false where the list is full. */
bool names_add(struct names *names, const char *text, size_t len) must_check;

/* Sorts by bytes from index first on. */
void names_sort(struct names *names, size_t first);

void names_free(struct names *names);

#endif
