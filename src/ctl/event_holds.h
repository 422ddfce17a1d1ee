/*
 * Uploads that events holds back, found by their names, their sessions and the
 * time when they are due. A session may have a million of them (rsync's
 * --delay-updates): no step looks at all.
 */
#ifndef FILESONLY_CTL_EVENT_HOLDS_H
#define FILESONLY_CTL_EVENT_HOLDS_H

#include <stdbool.h>
#include <stdint.h>

enum { EVENT_ID_BYTES = 48 };

struct event_hold;
struct event_session;

/* Of the lists that a hold is in. */
enum hold_list_kind { HOLDS_ALL, HOLDS_DUE, HOLDS_OF_SESSION, HOLD_LISTS };

struct hold_list {
	struct event_hold *first, *last;
};

struct event_hold {
	char id[EVENT_ID_BYTES];
	int64_t time, until;
	char *place, *account, *session, *path; /* owned */
	char *uid; /* by which the session runs; owned; "": not told */
	uint64_t bytes;
	bool to_the_end; /* it gets its name at the session's end only */
	/* event_holds.c's own. */
	bool is_late;
	struct event_session *of;
	struct {
		struct event_hold *before, *behind;
	} in[HOLD_LISTS];
};

/* Starts as {0}. */
struct event_holds {
	struct hold_list all;        /* in their order */
	struct hold_list soon, late; /* by when they are due */
	void *by_name, *sessions;    /* trees of tsearch(3) */
};

/*
 * Keeps a copy of hold, whose texts it takes. What has the session's name of
 * it already is dropped. late: due much later than most.
 */
void event_holds_add(struct event_holds *holds, const struct event_hold *hold,
    bool late);
void event_holds_drop(struct event_holds *holds, struct event_hold *hold);
void event_holds_free(struct event_holds *holds);

/* The session's hold with that name, or NULL. A session is its id and uid:
 * under its id another account may have written. */
struct event_hold *event_holds_find(const struct event_holds *holds,
    const char *session, const char *uid, const char *path);

/* The session's first, and the one behind it; NULL: no more. */
struct event_hold *event_holds_of(const struct event_holds *holds,
    const char *session, const char *uid);
struct event_hold *event_holds_behind(const struct event_hold *hold);

/* One that is due by then, or NULL. */
struct event_hold *event_holds_due(const struct event_holds *holds,
    int64_t now);

/* Gives the hold another name, which it takes; what had that is dropped. */
void event_holds_rename(struct event_holds *holds, struct event_hold *hold,
    char *path);

/* Makes it due much later. */
void event_holds_put_off(struct event_holds *holds, struct event_hold *hold,
    int64_t until);

#endif
