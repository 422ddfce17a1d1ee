/*
 * Whether this C library reads a text of passwd(5) or group(5) as glibc does,
 * and so as the static program: musl takes blanks in front of a name for a part
 * of it, and the last byte of a file for a newline.
 */
#ifndef FILESONLY_TESTS_UNIT_LIBC_READS_H
#define FILESONLY_TESTS_UNIT_LIBC_READS_H

#include <stdbool.h>
#include <string.h>

static inline bool
libc_reads_as_glibc(const char *text)
{
#ifdef __GLIBC__
	return text != NULL;
#else
	size_t len = strlen(text);

	return (len == 0 || text[len - 1] == '\n') && text[0] != ' ' &&
	       strstr(text, "\n ") == NULL;
#endif
}

#endif
