/*
 * The files outside the root that a program needs to start, opened before the
 * walls stand: which ones they are, program/elf.h finds out.
 */
#ifndef FILESONLY_CONFINE_NEEDED_FILES_H
#define FILESONLY_CONFINE_NEEDED_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

/* A file, or a directory and all that is below it. */
struct needed_file {
	char *path;      /* absolute, as the loader will name it */
	int fd;          /* O_PATH or O_RDONLY, close-on-exec */
	uint64_t access; /* LL_ rights: LL_READ_FILE, with LL_EXECUTE for the
			  * program and its interpreter */
};

struct needed_files {
	struct needed_file *at; /* the program first */
	size_t count;
	bool complete;  /* everything that is needed was found */
	char lack[160]; /* what was not, and why; "" where complete */
};

/*
 * Adds what path names, opened as O_PATH; the administrator's path. What does
 * not exist is passed over. Returns 0, or -1 with errno.
 */
int needed_files_add(struct needed_files *files, const char *path,
    uint64_t access) must_check;

/* The same for what is open already. Takes fd. */
void needed_files_take(struct needed_files *files, const char *path, int fd,
    uint64_t access);

/*
 * Are all of them other owners', so that the account can't change their modes?
 * No, too, for directories, and where not this kernel alone says who owns what.
 */
bool needed_files_are_others(const struct needed_files *files) must_check;

/* The same of a file that is open, or it is a pipe or a socket. */
bool needed_files_is_others(int fd) must_check;

/* Closes and frees everything; files may be used again. */
void needed_files_free(struct needed_files *files);

#endif
