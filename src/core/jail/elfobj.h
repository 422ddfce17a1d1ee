/*
 * One ELF file of this machine: what it asks its loader for (elf(5)).
 */
#ifndef FILESONLY_CORE_JAIL_ELFOBJ_H
#define FILESONLY_CORE_JAIL_ELFOBJ_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

enum { ELFOBJ_NEEDED_MAX = 128, ELFOBJ_NAME_MAX = 256 };

struct elfobj {
	uint16_t machine;                  /* EM_ */
	char interpreter[ELFOBJ_NAME_MAX]; /* PT_INTERP, or "" */
	char *search;  /* DT_RUNPATH, else DT_RPATH, or NULL */
	char **needed; /* the DT_NEEDED names, in order */
	size_t needed_count;
};

/*
 * Reads an object from a regular file, open for reading, by pread only.
 * Returns 0, or -1 with errno: ENOEXEC where it is no ELF executable or
 * library of this word size and byte order, or contradicts itself; E2BIG for
 * more than any real one has. elfobj_free ends it in any case.
 */
int elfobj_read(struct elfobj *object, int fd) must_check;

void elfobj_free(struct elfobj *object);

#endif
