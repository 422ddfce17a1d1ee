/*
 * The log of a jailed program: a pipe whose ends are both ours, of which the
 * program is given one when it opens its log (broker.h). It waits while the
 * pipe is full; nothing of it is lost but with ourselves.
 */
#ifndef FILESONLY_PROGRAM_PROGRAM_LOG_H
#define FILESONLY_PROGRAM_PROGRAM_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "program/program.h"

struct program_log {
	int from, to; /* owned; -1: the program has no log */
	const struct program_command *command;
	uint64_t settles; /* when, by clock_ms; 0: never */
};

/* Returns 0, or -1 with errno; program_log_close ends it in any case. */
int program_log_open(struct program_log *log,
    const struct program_command *command) must_check;

/*
 * Hands over what is there now, write by write: as much as a full pipe holds
 * and no more, since a program may write as fast as we read. Returns false
 * where the program must end (it is not asked again).
 */
bool program_log_take(struct program_log *log) must_check;

/* Tells that nothing was written for a while, when it is time for that. */
void program_log_settle(struct program_log *log);

void program_log_close(struct program_log *log);

#endif
