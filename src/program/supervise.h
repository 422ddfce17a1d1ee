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
#include "program/child.h"
#include "program/program_log.h"
#include "program/relay.h"

struct supervisor {
	struct child child;
	struct broker broker;
	struct create_only create_only; /* used in create-only */
	struct program_log log;
	struct relay relay;
	const char *hit;   /* the key of a limit of the relay's */
	int proc;          /* /proc as it was before the jail */
	uint64_t look;     /* when to renew what it writes to, in ms, or 0 */
	int signals;       /* a signalfd */
	bool running;      /* execve is behind us */
	bool ended;        /* waited for */
	int status;        /* of waitpid */
	uint64_t deadline; /* CLOCK_MONOTONIC in ms, or 0 */
	uint64_t ends;     /* the program's time is over then; likewise */
	bool timed_out;    /* it was */
};

/* All signals that concern us come as bytes: a signalfd, or -1 with errno. */
int supervisor_catch_signals(void) must_check;

/* Stays until all is over, or execve has failed (child.error says so). */
void supervisor_stay(struct supervisor *supervisor);

/* Kills what is left and waits for the program. */
void supervisor_end(struct supervisor *supervisor);

#endif
