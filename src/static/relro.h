/* What the program's relocations have written, read-only from then on. */
#ifndef FILESONLY_STATIC_RELRO_H
#define FILESONLY_STATIC_RELRO_H

#include "base/auto.h"

/*
 * Does what the loader does for a dynamic program, and what glibc's start
 * does for a static one; musl's does not. Harmless where it was done already.
 * Returns 0, or -1 with errno.
 */
int relro_protect(void) must_check;

#endif
