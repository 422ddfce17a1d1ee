/* The kernel's limit of a file's size (RLIMIT_FSIZE). */
#ifndef FILESONLY_LIMITS_FILE_SIZE_H
#define FILESONLY_LIMITS_FILE_SIZE_H

#include <stdint.h>

#include "base/auto.h"

/*
 * Lowers the limit to max bytes (0: leaves it as it is). A lower limit of the
 * machine stays: only root could raise it. Beyond the limit a write fails with
 * EFBIG where SIGXFSZ is ignored, else the signal ends the process. Returns 0,
 * or -1 with errno.
 */
int file_size_limit(uint64_t max) must_check;

#endif
