/* A size as people read it: "4.0K", as coreutils' -h prints it. */
#ifndef FILESONLY_BASE_HUMAN_H
#define FILESONLY_BASE_HUMAN_H

#include <stdint.h>

enum { HUMAN_BYTES = 8 };

/*
 * Writes at most five characters, in powers of 1024 and rounded up, so that
 * nothing looks smaller than it is. Returns out.
 */
const char *human_size(uint64_t bytes, char out[HUMAN_BYTES]);

#endif
