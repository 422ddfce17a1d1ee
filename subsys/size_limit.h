/* The policy's max-file-size. */
#ifndef FILESONLY_SUBSYS_SIZE_LIMIT_H
#define FILESONLY_SUBSYS_SIZE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"

struct job;

/*
 * May a file have this many bytes? EFBIG where it may not; the record gets
 * one line a session.
 */
bool size_limit_allows(struct job *job, uint64_t size) must_check;

#endif
