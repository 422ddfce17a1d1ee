/*
 * Judges birth times. Trusts the kernel's statx and the two clocks of the
 * machine; a network file system with a clock of its own that runs ahead has
 * births in the future, which are not own.
 */
#include "core/root/own.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/session.h"

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

static bool
find_birth(int fd, struct statx *st)
{
	return statx(fd, "", AT_EMPTY_PATH, STATX_BTIME | STATX_UID, st) == 0 &&
	       (st->stx_mask & STATX_BTIME) != 0;
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
	struct timespec birth, now;
	struct statx st;

	if (!find_birth(fd, &st) || (st.stx_mask & STATX_UID) == 0 ||
	    st.stx_uid != own->uid || clock_gettime(CLOCK_REALTIME, &now) != 0)
		return false;
	birth.tv_sec = st.stx_btime.tv_sec;
	birth.tv_nsec = (long)st.stx_btime.tv_nsec;
	return own_covers(own, &birth, &now);
}

bool
own_is_known(int fd)
{
	struct statx st;

	return find_birth(fd, &st);
}
