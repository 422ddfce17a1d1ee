/*
 * A directory of the test's own under /tmp, in which it works, and the files
 * that it puts there.
 */
#ifndef FILESONLY_TESTS_UNIT_SCRATCH_H
#define FILESONLY_TESTS_UNIT_SCRATCH_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/io.h"

static char top[64]; /* its absolute path */

/* Makes it, empty, with this mode, and enters it. Returns 0 or -1. */
static inline int
scratch_make(mode_t mode)
{
	snprintf(top, sizeof(top), "/tmp/%s.XXXXXX",
	    program_invocation_short_name);
	return mkdtemp(top) != NULL && chdir(top) == 0 ? chmod(top, mode) : -1;
}

static inline int
scratch_remove_one(const char *path, const struct stat *st, int kind,
    struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

/*
 * A test's end: removes it with all that it holds. musl goes no deeper than it
 * may open directories.
 */
static inline int
scratch_remove(void **state)
{
	(void)state;
	return chdir("/") == 0
		   ? nftw(top, scratch_remove_one, 128, FTW_DEPTH | FTW_PHYS)
		   : -1;
}

/*
 * Removes it where it is empty: tests that mount remove by name what they have
 * put here, and never what a mount that went astray shows.
 */
static inline int
scratch_rmdir(void)
{
	return chdir("/") == 0 ? rmdir(top) : -1;
}

/* A file of these bytes and this mode, whatever the umask. Returns 0 or -1. */
static inline int
scratch_write(const char *name, const void *bytes, size_t len, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	bool is_written = fd >= 0 && io_write_all(fd, bytes, len) == 0 &&
			  fchmod(fd, mode) == 0;

	return fd >= 0 && close(fd) == 0 && is_written ? 0 : -1;
}

static inline void
scratch_put(const char *name, const char *text, mode_t mode)
{
	assert_int_equal(scratch_write(name, text, strlen(text), mode), 0);
}

/*
 * What a file holds, of up to 1 MiB, until the next call; "" where it can't be
 * read.
 */
static inline char *
scratch_text(const char *name)
{
	static char text[(1 << 20) + 1];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : io_read_all(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[len > 0 ? len : 0] = '\0';
	return text;
}

#endif
