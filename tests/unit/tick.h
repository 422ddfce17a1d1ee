/* Files' times have the kernel's ticks. */
#ifndef FILESONLY_TESTS_UNIT_TICK_H
#define FILESONLY_TESTS_UNIT_TICK_H

#include <time.h>
#include <unistd.h>

/*
 * What is changed from now on has a later time than what was before. Times are
 * of the clock that has ticks, or (Linux 6.13) of that which goes on always and
 * is ahead of it, also just behind a tick.
 */
static inline void
tick_wait(void)
{
	struct timespec before, now;

	clock_gettime(CLOCK_REALTIME, &before);
	do {
		usleep(1000);
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	} while (
	    now.tv_sec < before.tv_sec ||
	    (now.tv_sec == before.tv_sec && now.tv_nsec <= before.tv_nsec));
}

#endif
