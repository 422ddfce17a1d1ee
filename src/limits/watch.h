/*
 * A session that may not go on ends, though its jail shows it no
 * configuration: a small process that was forked before looks again, now and
 * then, and says so through a pipe. It ends with its session.
 */
#ifndef FILESONLY_LIMITS_WATCH_H
#define FILESONLY_LIMITS_WATCH_H

#include <stdint.h>

#include "base/auto.h"

enum watch_verdict {
	WATCH_GOES_ON,
	WATCH_DISABLED,
	WATCH_EXPIRED,
	WATCH_VERDICTS
};

struct watch {
	int fd; /* readable when the session must end; owned */
};

/*
 * Called in the watching process, which has none of the session's descriptors:
 * may the session go on? Sets *until to the time (seconds since 1970) at which
 * that is to be asked at the latest, or leaves it alone: it is the one that was
 * named last, 0 where there was none or it has come.
 */
typedef enum watch_verdict watch_look(const void *context, int64_t *until);

/*
 * Starts to watch: look is asked after every milliseconds, and when a time
 * comes that it has named (until: the first such time, 0 for none). A session
 * that goes on for seconds after it was told to end gets SIGTERM, then SIGKILL.
 * Returns 0, or -1 with errno; watch_stop in any case.
 */
int watch_start(struct watch *watch, watch_look *look, const void *context,
    uint64_t every, int64_t until) must_check;
void watch_stop(struct watch *watch);

/* To be polled for POLLIN; -1 (never) where watch is NULL: nobody watches. */
int watch_fd(const struct watch *watch);

/*
 * As watch_heard where the descriptor is readable, or kick_heard
 * (kick_signal.h), else NULL: for loops that wait for something else. No call
 * where nobody watches.
 */
const char *watch_ask(const struct watch *watch);

/*
 * Why the session must end, when the descriptor is readable: a key's name, or
 * "unwatched": who watched is gone. A constant.
 */
const char *watch_heard(const struct watch *watch);

#endif
