/* What another program of the administrator's says. */
#ifndef FILESONLY_CTL_CAPTURED_H
#define FILESONLY_CTL_CAPTURED_H

#include <stddef.h>

#include "base/auto.h"

/*
 * Runs argv (argv[0] is its path; no shell, an environment of PATH alone) and
 * reads its standard output into room, at most size - 1 bytes and a NUL.
 * Standard error goes to errors the same way. Returns its exit status, 127
 * where it can't be run, or -1 where it died or talks without an end.
 */
int captured_run(char *const *argv, char *room, size_t size, char *errors,
    size_t errors_size) must_check;

#endif
