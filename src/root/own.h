/*
 * What is our own: what belongs to our uid and was born in this session and
 * within the policy's own-window. Write-only and create-only let a session
 * undo and complete what it made, and nothing else ("own" in policy/mode.h).
 *
 * Birth times can't be set by a client, so they are what is judged, and only
 * of an object that is pinned by a descriptor: never of a name.
 */
#ifndef FILESONLY_ROOT_OWN_H
#define FILESONLY_ROOT_OWN_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "base/auto.h"

struct session;

struct own {
	uid_t uid;
	struct timespec since; /* the session's start */
	unsigned window;       /* seconds: policy's own-window */
};

void own_init(struct own *own, const struct session *session, unsigned window);

/*
 * Is the pinned object (O_PATH will do) our own? No, too, where its file
 * system has no birth times, or nothing can be found out.
 */
bool own_is(const struct own *own, int fd) must_check;

/* Has the file system of a pinned object birth times? */
bool own_is_known(int fd) must_check;

/* own_is for a birth time alone; pure. */
bool own_covers(const struct own *own, const struct timespec *birth,
    const struct timespec *now) must_check;

#endif
