/*
 * Judges birth times. Trusts the kernel's statx and the two clocks of the
 * machine; a network file system with a clock of its own that runs ahead has
 * births in the future, which are not own.
 */
#include "root/own.h"

#include "base/birth.h"
#include "session/session.h"

void
own_init(struct own *own, const struct session *session, unsigned window)
{
	*own = (struct own){ .uid = session->uid,
		.since = session->started,
		.window = window };
}

static bool
is_before(const struct timespec *a, const struct timespec *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec;
	return a->tv_nsec < b->tv_nsec;
}

bool
own_covers(const struct own *own, const struct timespec *birth,
    const struct timespec *now)
{
	struct timespec oldest = *now;

	if (__builtin_sub_overflow(now->tv_sec, (time_t)own->window,
		&oldest.tv_sec))
		return false;
	return !is_before(birth, &own->since) && !is_before(birth, &oldest) &&
	       !is_before(now, birth);
}

/*
 * Session start and births are of the coarse clock, whose ticks may lag: in
 * one tick both are equal. But since Linux 6.13 a birth may be of the fine
 * clock, too, so "now" is of that one: else what is brand-new would lie in
 * the future.
 */
bool
own_is(const struct own *own, int fd)
{
	struct birth birth;
	struct timespec now;

	if (birth_of(fd, &birth) != 0 || birth.owner != own->uid ||
	    clock_gettime(CLOCK_REALTIME, &now) != 0)
		return false;
	return own_covers(own, &birth.at, &now);
}

bool
own_is_known(int fd)
{
	struct birth birth;

	return birth_of(fd, &birth) == 0;
}
