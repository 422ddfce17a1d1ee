/* Knows one clock. */
#include "base/clock.h"

#include <time.h>

uint64_t
clock_ms(void)
{
	struct timespec now = { 1, 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 +
	       1;
}

int
clock_sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}
