/*
 * Carries a program's bytes between the client and the program, where a limit
 * has to see them: two pipes in the place of its standard input and output,
 * moved on by splice(2) as fast as the pace allows. Where there is no such
 * limit the program has the client's streams themselves.
 */
#ifndef FILESONLY_PROGRAM_RELAY_H
#define FILESONLY_PROGRAM_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "limits/pace.h"

enum { RELAY_POLLS = PACE_DIRECTIONS };

struct stream {
	int from, to;   /* owned; -1: it has ended */
	bool full;      /* something waits for room in to */
	uint64_t moved; /* bytes */
};

struct relay {
	struct pace *pace; /* borrowed; NULL: nothing is relayed */
	int program[2];    /* the program's ends, for its 0 and 1 */
	struct stream streams[PACE_DIRECTIONS];
	size_t keepalive; /* bytes that the program says to a silent client,
			   * alone and now and then; 0: none */
	pid_t worker;     /* the program, or 0 */
	clockid_t clock;  /* ... its processor's time */
	int64_t worked;   /* ... when bytes moved last, in nanoseconds */
};

/* Nothing is open. */
#define RELAY_NONE                                  \
	{                                           \
		.program = { -1, -1 }, .streams = { \
			{ .from = -1, .to = -1 },   \
			{ .from = -1, .to = -1 }    \
		}                                   \
	}

/*
 * Takes copies of our own 0 and 1 and makes the pipes (pace NULL: nothing).
 * Returns 0, or -1 with errno; relay_close in any case.
 */
int relay_open(struct relay *relay, struct pace *pace) must_check;

/* The program has its ends: ours of them are closed. */
void relay_begin(struct relay *relay);

/*
 * Tells idle from busy (the pace's idle-timeout): what takes the program's
 * processor time is work for the client, and a keepalive is none. To be called
 * before the supervisor's filter is loaded.
 */
void relay_follow(struct relay *relay, pid_t worker, size_t keepalive);

/* Fills RELAY_POLLS entries: what has to be waited for. */
void relay_watch(const struct relay *relay, struct pollfd *ready);

/* For how long, in milliseconds; -1: for ever. */
int relay_wait(const struct relay *relay);

/*
 * Moves what can be moved, after poll. Returns the key of a limit that is
 * hit, or NULL. Then, or when it is told so, nothing more is moved.
 */
const char *relay_turn(struct relay *relay,
    const struct pollfd *ready) must_check;
void relay_cut(struct relay *relay);

/* Has all that the program said reached the client, or can't it? */
bool relay_is_done(const struct relay *relay);

void relay_close(struct relay *relay);

#endif
