/*
 * One ELF file of this machine: what it asks its loader for (elf(5)).
 */
#ifndef FILESONLY_PROGRAM_ELF_OBJECT_H
#define FILESONLY_PROGRAM_ELF_OBJECT_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

enum { ELF_OBJECT_NEEDED_MAX = 128, ELF_OBJECT_NAME_MAX = 256 };

struct elf_object {
	uint16_t machine;                      /* EM_ */
	char interpreter[ELF_OBJECT_NAME_MAX]; /* PT_INTERP, or "" */
	char *search;  /* DT_RUNPATH, else DT_RPATH, or NULL */
	char **needed; /* the DT_NEEDED names, in order */
	size_t needed_count;
};

/*
 * Reads an object from a regular file, open for reading, by pread only.
 * Returns 0, or -1 with errno: ENOEXEC where it is no ELF executable or
 * library of this word size and byte order, or contradicts itself; E2BIG for
 * more than any real one has. elf_object_free ends it in any case.
 */
int elf_object_read(struct elf_object *object, int fd) must_check;

void elf_object_free(struct elf_object *object);

#endif
