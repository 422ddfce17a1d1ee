/* A first login, of this server to itself, before others come. */
#ifndef FILESONLY_SERVE_REHEARSAL_H
#define FILESONLY_SERVE_REHEARSAL_H

#include "base/auto.h"

/*
 * After transport_prepare. Returns 0, or -1 where it came to no login:
 * connections begin slower then, and nothing else.
 */
int rehearse(void) must_check;

#endif
