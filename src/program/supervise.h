/*
 * The supervisor of a program in its jail: forwards signals, answers its
 * notifications, takes its log, moves its bytes where they are limited, ends
 * what it leaves behind, waits.
 */
#ifndef FILESONLY_PROGRAM_SUPERVISE_H
#define FILESONLY_PROGRAM_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/broker.h"
#include "broker/create_only.h"
#include "limits/watch.h"
#include "program/child.h"
#include "program/processes.h"
#include "program/program_log.h"
#include "program/relay.h"

/* Times are in milliseconds of clock_ms; 0: none. */
struct supervisor {
	struct child child;
	struct processes processes; /* the child and its descendants */
	struct broker broker;
	struct create_only create_only; /* used in create-only */
	struct program_log log;
	struct relay relay;
	const struct watch *watch; /* borrowed; NULL once it was heard */
	bool cut_off;      /* who watches, or an administrator, has ended it */
	const char *hit;   /* the key of a limit of the relay's, or its word */
	int proc;          /* /proc as it was before the jail */
	uint64_t look;     /* when to renew what it writes to */
	int signals;       /* a signalfd */
	bool child_ended;  /* SIGCHLD came, and nobody was waited for yet */
	bool running;      /* execve is behind us */
	uint64_t deadline; /* when all that is left is killed */
	unsigned kills;    /* how often it was */
	uint64_t ends;     /* when the program's time is over */
	bool timed_out;    /* it was */
	void (*differed)(void *context); /* what was found wrong is in
					  * broker.root (struct differing) */
	void *context;
};

/*
 * From now on the signals that concern us come as bytes, and orphans of the
 * program are ours. Returns a signalfd, or -1 with errno. SIGCHLD must have
 * its default action (base/signals.h).
 */
int supervisor_catch_signals(void) must_check;

/*
 * Stays until all is over, or until execve has failed (child.error says so):
 * also without an end of the client's, seconds after the program was told to
 * end or has ended.
 */
void supervisor_stay(struct supervisor *supervisor);

/*
 * Kills what is left and waits for it, for some seconds at most. Returns true
 * where all has ended; else what is left is beyond our reach (a file system
 * that hangs), and the program's status is that of a killed one.
 */
bool supervisor_end(struct supervisor *supervisor) must_check;

#endif
