/*
 * The mounts of this process's namespace, as /proc/self/mountinfo tells them
 * (proc(5)): which part of which file system is seen where.
 */
#ifndef FILESONLY_BASE_MOUNT_TABLE_H
#define FILESONLY_BASE_MOUNT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

/* All texts are owned by the table. */
struct mount {
	int id;            /* as in /proc/self/fdinfo */
	int parent;        /* the mount on which this one lies */
	uint64_t device;   /* of the file system: MAJOR << 32 | MINOR */
	const char *root;  /* the directory (or file) in that file system ... */
	const char *point; /* ... that is seen here; as this process names it */
	const char *type;  /* of the file system: "ext4" */
	bool follows;      /* what is mounted below it in another namespace
			    * comes into a slave copy: it is shared, or some
			    * other's slave */
};

/* Starts as {0}; mount_table_free ends it. */
struct mount_table {
	struct mount *at;
	size_t count;
	char *text;
};

/*
 * Reads all mounts that can be reached from this process's own root
 * directory, in the kernel's order; those that another mount hides are among
 * them. Returns 0, or -1 with errno: EAGAIN where mounts kept changing while
 * they were read, EINVAL where a line is not as expected.
 */
int mount_table_load(struct mount_table *table) must_check;

/* The same from what is open, from its beginning, once. */
int mount_table_load_from(struct mount_table *table, int fd) must_check;

/*
 * The same from text (NUL-terminated, allocated), which the table owns from
 * now on. Pure.
 */
int mount_table_parse(struct mount_table *table, char *text) must_check;

/* Returns the mount of this number, or NULL. */
const struct mount *mount_table_find(const struct mount_table *table, int id);

void mount_table_free(struct mount_table *table);

/*
 * The mount (its number) through which a descriptor of ours was opened.
 * Returns -1 with errno where /proc does not tell.
 */
int mount_table_id_of(int fd) must_check;

#endif
