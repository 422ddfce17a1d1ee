/* Files' times have the kernel's ticks. */
#ifndef FILESONLY_TESTS_UNIT_TICK_H
#define FILESONLY_TESTS_UNIT_TICK_H

#include <time.h>
#include <unistd.h>

/* What is changed from now on has another time than what was before. */
static inline void
tick_wait(void)
{
	struct timespec before, now;

	clock_gettime(CLOCK_REALTIME_COARSE, &before);
	do {
		usleep(1000);
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	} while (now.tv_sec == before.tv_sec && now.tv_nsec == before.tv_nsec);
}

#endif
