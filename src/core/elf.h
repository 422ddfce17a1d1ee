/*
 * Which files a program needs to start: itself, its ELF interpreter, its
 * libraries, found as the loader would find them (ld.so(8), musl's ldso).
 * These, and not the library directories, are what a jailed program may read
 * outside the root.
 */
#ifndef FILESONLY_CORE_ELF_H
#define FILESONLY_CORE_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "core/landlock.h"

/* A file (or, where access has LL_READ_DIR, a directory and all below it). */
struct elf_file {
	char *path;      /* absolute, as the loader will name it */
	int fd;          /* O_PATH or O_RDONLY, close-on-exec */
	uint64_t access; /* LL_ rights: LL_READ_FILE, with LL_EXECUTE for the
			  * program and its interpreter */
};

struct elf_files {
	struct elf_file *at; /* the program first */
	size_t count;
	bool complete;  /* everything that is needed was found */
	char lack[160]; /* what was not, and why; "" where complete */
};

/*
 * Fills files for a program (an absolute path, the administrator's). Returns
 * 0, and files->complete tells whether every library was found; where not,
 * elf_add_directories is the way on. Returns -1 with errno and an empty list
 * where the program can't be run as it is: not found, ENOEXEC for a script
 * or a foreign machine's. A program that may be run but not read is
 * incomplete. elf_files_free ends it in any case.
 */
int elf_resolve(struct elf_files *files, const char *program) must_check;

/*
 * Adds the directories in which loaders look for libraries, as far as they
 * exist, for reading: the fallback where complete is false. Returns 0, or -1
 * with errno.
 */
int elf_add_directories(struct elf_files *files) must_check;

/*
 * Adds the directories of glibc's character set modules, which iconv_open
 * loads (rsync --iconv); none where the libc has them built in (musl).
 * Returns 0, or -1 with errno.
 */
int elf_add_gconv(struct elf_files *files) must_check;

/* Closes and frees everything; files may be used again. */
void elf_files_free(struct elf_files *files);

#endif
