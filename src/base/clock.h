/* The clock that nobody can set. */
#ifndef FILESONLY_BASE_CLOCK_H
#define FILESONLY_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC; never 0. */
uint64_t clock_ms(void);

/* The shorter of two waits in poll(2)'s milliseconds; -1 is for ever. */
int clock_sooner(int a, int b);

#endif
