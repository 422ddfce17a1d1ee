/*
 * What is our own: what this session created, not longer ago than the policy's
 * own-window. Write-only and create-only let a session undo and complete what
 * it made, and nothing else ("own" in policy/mode.h).
 *
 * The session keeps a set of what it created (fileset.h), by a clock that
 * can't be set. Beside it, for clients with several connections: an object of
 * the account that was born while this session lasts is own, too, but only
 * where births are true (abilities.h) and the clock by which they are told
 * went on as it should.
 *
 * Judged is only an object that is pinned by a descriptor, never a name; and
 * before it is opened for writing or linked, since that alone may copy an old
 * object into a new one (overlayfs).
 */
#ifndef FILESONLY_ROOT_OWN_H
#define FILESONLY_ROOT_OWN_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "base/auto.h"
#include "root/fileset.h"
#include "root/free_dirs.h"

struct policy;
struct root;
struct session;

struct own {
	uid_t uid;
	unsigned window;              /* seconds: policy's own-window */
	struct timespec since;        /* the session's start: CLOCK_REALTIME */
	struct timespec since_steady; /* ... and CLOCK_MONOTONIC */
	bool ignores_births;          /* the clock was set back before */
	struct root *root;            /* borrowed; NULL: nothing is own */
	struct fileset made;
	struct free_dirs free; /* see own_set_free */
};

/* own_free ends it. {0} is one by which nothing is own. */
void own_init(struct own *own, const struct session *session, unsigned window,
    struct root *root);
void own_free(struct own *own);

/*
 * In create-only the policy's free directories, as they are now, are changed as
 * in read-write.
 */
void own_set_free(struct own *own, const struct policy *policy);

/*
 * The session has just created what fd stands for (O_PATH will do), or has
 * written to it until now by the descriptor with which it was created: it is
 * own for the window from now on, whoever owns it.
 */
void own_add(struct own *own, int fd);

/*
 * An own object is about to change its owner: it stays own as long as
 * without that.
 */
void own_keep(struct own *own, int fd);

/* A name of it has gone; perhaps the last one. */
void own_forget(struct own *own, int fd);

/* Is the pinned object our own? No, too, where nothing can be found out. */
bool own_is(const struct own *own, int fd) must_check;

/*
 * ... or free? A free file may leave at any time: ask with a descriptor by
 * which it is open for writing, or use own_hold. (A directory stays.)
 */
bool own_may_change(const struct own *own, int fd) must_check;

/*
 * The same, and true until *held, which may be -1, is closed: for changes that
 * need no open file. Returns 0, or -1 with errno: EPERM; or as free_dirs_hold.
 */
int own_hold(const struct own *own, int fd, int *held) must_check;

/* The same, by the set alone: did this session make it? */
bool own_is_made(const struct own *own, int fd) must_check;

/* Is what was born then own? Pure. */
bool own_covers(const struct own *own, const struct timespec *birth,
    const struct timespec *now) must_check;

/* Did both clocks advance alike since the session's start? Pure. */
bool own_clocks_agree(const struct own *own, const struct timespec *now,
    const struct timespec *now_steady) must_check;

#endif
