/*
 * Memory, or the end of the process: a process is one session, so there is
 * nothing else to save. None of these returns NULL; each says in one line on
 * stderr that memory ran out and exits 1.
 */
#ifndef FILESONLY_BASE_XALLOC_H
#define FILESONLY_BASE_XALLOC_H

#include <stddef.h>

/* count * size bytes, zeroed. The caller frees. */
void *xcalloc(size_t count, size_t size) __attribute__((returns_nonnull));

/* Resizes to count * size bytes; what is new is not zeroed. */
void *xrealloc(void *memory, size_t count, size_t size)
    __attribute__((returns_nonnull));

/* A copy of len bytes and a NUL behind them. The caller frees. */
char *xmemdup(const void *bytes, size_t len) __attribute__((returns_nonnull));

/* A copy of a C string. The caller frees. */
char *xstrdup(const char *text) __attribute__((returns_nonnull));

#endif
