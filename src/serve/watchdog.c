/* The handler reads two counters and a clock, and exits by a system call. */
#include "serve/watchdog.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { SLACK = 10 }; /* a spin uses a tenth of a processor at the least */

/* The handler's: there is one timer a process. */
static volatile sig_atomic_t turns, moves;
static sig_atomic_t last_turns, last_moves;
static time_t last_time;
static unsigned cpu_seconds;

static time_t
seconds_now(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void
on_cpu_used(int signal)
{
	time_t now = seconds_now();
	bool one_turn = turns == last_turns;
	bool spins = moves == last_moves &&
		     now - last_time < (time_t)cpu_seconds * SLACK;

	(void)signal;
	if (one_turn || spins)
		_exit(WATCHDOG_STATUS);
	last_turns = turns;
	last_moves = moves;
	last_time = now;
}

int
watchdog_start(unsigned seconds)
{
	const struct sigaction action = { .sa_handler = on_cpu_used,
		.sa_flags = SA_RESTART };
	const struct timeval period = { .tv_sec = (time_t)seconds };
	const struct itimerval timer = { .it_interval = period,
		.it_value = period };

	cpu_seconds = seconds;
	last_time = seconds_now();
	last_turns = turns;
	last_moves = moves;
	if (sigaction(SIGPROF, &action, NULL) != 0)
		return -1;
	return setitimer(ITIMER_PROF, &timer, NULL);
}

/* Unsigned, for they wrap. */
void
watchdog_turn(void)
{
	turns = (sig_atomic_t)((unsigned)turns + 1);
}

void
watchdog_moved(void)
{
	moves = (sig_atomic_t)((unsigned)moves + 1);
}
