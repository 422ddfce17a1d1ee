/*
 * How fast and how long a session may go on: bandwidth, max-session-bytes,
 * idle-timeout and session-timeout. The loop that moves the bytes asks before
 * it moves any, tells what it moved, and sleeps as long as is said here. Where
 * no such key is set nothing is counted and no clock is read.
 */
#ifndef FILESONLY_LIMITS_PACE_H
#define FILESONLY_LIMITS_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "policy/policy.h"

enum direction { PACE_IN, PACE_OUT, PACE_DIRECTIONS };

struct pace {
	bool limited;       /* any of the four is set */
	uint64_t bandwidth; /* bytes a second, each direction; 0: any */
	uint64_t left;      /* bytes of max-session-bytes */
	int64_t idle;       /* nanoseconds; 0: no limit, likewise below */
	int64_t end;        /* when the session's time is over */
	int64_t now;        /* of the steady clock, in nanoseconds */
	int64_t moved;      /* when a byte moved last */
	int64_t filled[PACE_DIRECTIONS];  /* when tokens were added last */
	uint64_t tokens[PACE_DIRECTIONS]; /* bytes that may go at once */
};

/* began is the session's start (CLOCK_MONOTONIC). */
void pace_init(struct pace *pace, const struct policy *policy,
    const struct timespec *began);

/*
 * A turn of the loop begins; busy: work for the client is under way. Returns
 * the key of a limit that is hit, and the session must end, or NULL.
 */
const char *pace_turn(struct pace *pace, bool busy) must_check;

/* pace_turn at a given time; pure. */
const char *pace_turn_at(struct pace *pace, int64_t now, bool busy) must_check;

/* How many bytes may move that way now: 0 none, SIZE_MAX any. */
size_t pace_allows(const struct pace *pace, enum direction way);

/* May no byte move any more? */
bool pace_is_spent(const struct pace *pace);

/*
 * May that many bytes still move in this session? Where they may not, the
 * session's bytes are spent: it ends before a part of them has moved.
 */
bool pace_has(struct pace *pace, uint64_t bytes);

void pace_move(struct pace *pace, enum direction way, size_t len);

/* As pace_move, but the session is as idle as it was. */
void pace_count(struct pace *pace, enum direction way, size_t len);

/*
 * Milliseconds until something changes by time alone (for poll; -1: nothing
 * does). in, out: bytes are waiting to move that way.
 */
int pace_wait(const struct pace *pace, bool in, bool out);

/* What the client is told of what has ended its session, a limit or a word of
 * watch.h or kick_signal.h: a sentence. */
const char *pace_text(const char *key);

#endif
