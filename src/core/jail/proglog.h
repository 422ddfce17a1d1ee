/*
 * The log of a jailed program: a pipe whose ends are both ours, of which the
 * program is given one when it opens its log (broker.h). It waits while the
 * pipe is full; nothing of it is lost but with ourselves.
 */
#ifndef FILESONLY_CORE_JAIL_PROGLOG_H
#define FILESONLY_CORE_JAIL_PROGLOG_H

#include <stdbool.h>

#include "base/auto.h"
#include "core/jail/jail.h"

struct proglog {
	int from, to; /* owned; -1: the program has no log */
	const struct jail_command *command;
};

/* Returns 0, or -1 with errno; proglog_close ends it in any case. */
int proglog_open(struct proglog *log,
    const struct jail_command *command) must_check;

/*
 * Hands over all that is there now. Returns false where the program must end
 * (it is not asked again).
 */
bool proglog_take(struct proglog *log) must_check;

void proglog_close(struct proglog *log);

#endif
