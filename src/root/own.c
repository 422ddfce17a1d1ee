/*
 * Asks the set, then the birth time. Trusts the kernel's statx(2) and the
 * clocks that can't be set; CLOCK_REALTIME only where it agrees with them.
 */
#include "root/own.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "policy/policy.h"
#include "root/root.h"
#include "session/session.h"

/* A root whose last change lies in the future: the clock was set back. */
static bool
own_starts_in_the_past(const struct own *own, int fd)
{
	struct statx st;

	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_CTIME,
		   &st) == 0 &&
	       st.stx_ctime.tv_sec > own->since.tv_sec + 1;
}

void
own_init(struct own *own, const struct session *session, unsigned window,
    struct root *root)
{
	*own = (struct own){ .uid = session->uid,
		.window = window,
		.since = session->started,
		.since_steady = session->started_steady,
		.root = root };
	own->ignores_births = own_starts_in_the_past(own, root->fd);
}

void
own_free(struct own *own)
{
	fileset_free(&own->made);
	free_dirs_close(&own->free);
}

void
own_set_free(struct own *own, const struct policy *policy)
{
	/* One that has gone since the session was let in: none is free. */
	if (policy->mode == MODE_CREATE_ONLY)
		(void)!free_dirs_open(&own->free, own->root, &policy->free,
		    NULL);
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
 * The wall clock is slewed by 0.05 % at most, so a difference beyond two
 * seconds and 0.1 % is a step. (A machine that slept shows one, too.)
 */
bool
own_clocks_agree(const struct own *own, const struct timespec *now,
    const struct timespec *now_steady)
{
	time_t real, steady, apart;

	if (__builtin_sub_overflow(now->tv_sec, own->since.tv_sec, &real) ||
	    __builtin_sub_overflow(now_steady->tv_sec, own->since_steady.tv_sec,
		&steady) ||
	    __builtin_sub_overflow(real, steady, &apart) || steady < 0)
		return false;
	return apart >= -(2 + steady / 1000) && apart <= 2 + steady / 1000;
}

/* The object's birth, where that is true and the object the account's. */
static bool
own_birth(const struct own *own, int fd, struct timespec *birth)
{
	const unsigned wanted = STATX_UID | STATX_BTIME;
	struct statx st;

	if (own->root == NULL || own->ignores_births ||
	    statx(fd, "", AT_EMPTY_PATH, wanted, &st) != 0 ||
	    (st.stx_mask & wanted) != wanted || st.stx_uid != own->uid ||
	    !abilities_on(&own->root->abilities, abilities_device(&st), fd)
		 ->keeps_births)
		return false;
	*birth = (struct timespec){ .tv_sec = (time_t)st.stx_btime.tv_sec,
		.tv_nsec = (long)st.stx_btime.tv_nsec };
	return true;
}

/*
 * Session start and births are of the coarse clock, whose ticks may lag: in
 * one tick both are equal. But since Linux 6.13 a birth may be of the fine
 * clock, too, so "now" is of that one: else what is brand-new would lie in
 * the future.
 */
static bool
own_was_born(const struct own *own, int fd, time_t *age)
{
	struct timespec birth, now, now_steady;

	if (!own_birth(own, fd, &birth) ||
	    clock_gettime(CLOCK_REALTIME, &now) != 0 ||
	    clock_gettime(CLOCK_MONOTONIC, &now_steady) != 0 ||
	    !own_clocks_agree(own, &now, &now_steady) ||
	    !own_covers(own, &birth, &now))
		return false;
	*age = now.tv_sec - birth.tv_sec;
	return true;
}

bool
own_is_made(const struct own *own, int fd)
{
	return fileset_has(&own->made, fd, fileset_now(), own->window);
}

bool
own_is(const struct own *own, int fd)
{
	time_t age;

	return own_is_made(own, fd) || own_was_born(own, fd, &age);
}

bool
own_may_change(const struct own *own, int fd)
{
	return own_is(own, fd) || free_dirs_have(&own->free, own->root, fd);
}

int
own_hold(const struct own *own, int fd, int *held)
{
	*held = -1;
	if (own_is(own, fd))
		return 0;
	/* Nothing is opened before it looks as if it were free. */
	if (free_dirs_have(&own->free, own->root, fd)) {
		if (free_dirs_hold(own->root, fd, held) != 0)
			return -1;
		if (free_dirs_have(&own->free, own->root, fd))
			return 0;
		auto_close_fd(held);
	}
	errno = EPERM;
	return -1;
}

void
own_add(struct own *own, int fd)
{
	fileset_add(&own->made, fd, fileset_now());
}

void
own_keep(struct own *own, int fd)
{
	int64_t now = fileset_now();
	time_t age;

	if (!fileset_has(&own->made, fd, now, own->window) &&
	    own_was_born(own, fd, &age))
		fileset_add(&own->made, fd, now - (int64_t)age * 1000);
}

/*
 * The inode number may be given to a new object, and not every file system
 * tells the two apart: so an object whose last name is gone leaves the set.
 */
void
own_forget(struct own *own, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && (st.st_nlink == 0 || S_ISDIR(st.st_mode)))
		fileset_drop(&own->made, fd);
}
