/*
 * Which files a program needs to start: itself, its ELF interpreter, its
 * libraries, found as the loader would find them (ld.so(8), musl's ldso).
 * These, and not the library directories, are what a jailed program may read
 * outside the root.
 */
#ifndef FILESONLY_PROGRAM_ELF_H
#define FILESONLY_PROGRAM_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "confine/landlock.h"
#include "confine/needed_files.h"

/*
 * Fills files for a program (an absolute path, the administrator's). Returns
 * 0, and files->complete tells whether every library was found; where not,
 * elf_add_directories is the way on. Returns -1 with errno and an empty list
 * where the program can't be run in a jail: not found, not readable (EACCES),
 * a script or a foreign machine's (ENOEXEC), its interpreter missing.
 * needed_files_free ends it in any case.
 */
int elf_resolve(struct needed_files *files, const char *program) must_check;

/*
 * Adds the directories in which loaders look for libraries, as far as they
 * exist, for reading: the fallback where complete is false. Returns 0, or -1
 * with errno.
 */
int elf_add_directories(struct needed_files *files) must_check;

/*
 * Adds what rsync --iconv needs of glibc: the directory of its character set
 * modules, and the locale C.UTF-8 where it is not built in (before 2.35).
 * Adds nothing for musl, which has all of it built in. Returns 0, or -1 with
 * errno.
 */
int elf_add_gconv(struct needed_files *files) must_check;

#endif
