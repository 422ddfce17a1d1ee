/*
 * How long addresses that failed are kept waiting: sshd_config(5)'s
 * PerSourcePenalties, with its names and figures. Pure but for memory.
 */
#ifndef FILESONLY_SERVE_PENALTIES_H
#define FILESONLY_SERVE_PENALTIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "serve/address.h"
#include "serve/monitor.h"

enum { PENALTY_SOURCES = 4096 };

struct penalty {
	struct address source; /* an IPv6 one by its /64 */
	uint64_t until;        /* in ms of CLOCK_MONOTONIC; 0: free */
};

struct penalties {
	struct penalty *at; /* PENALTY_SOURCES; owned */
};

void penalties_init(struct penalties *penalties);

/* Is the address still kept waiting? */
bool penalties_hold(const struct penalties *penalties,
    const struct address *address, uint64_t now) must_check;

/* A connection has ended so. */
void penalties_add(struct penalties *penalties, const struct address *address,
    enum connection_end end, uint64_t now);

#endif
