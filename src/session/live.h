/*
 * What a running session tells filesonlyctl who: a file in memory, without a
 * name, that root finds among the gate's descriptors in /proc. The kernel
 * removes it with the session, however that ends, and only the gate can have
 * written it: there is no list that could go wrong.
 */
#ifndef FILESONLY_SESSION_LIVE_H
#define FILESONLY_SESSION_LIVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

struct session;

/* The file's name, as /proc shows it behind "/memfd:". */
#define LIVE_NAME "filesonly-session"

enum {
	LIVE_TEXT = 64, /* where its text begins: an event "live" as the
			 * record has them (filesonly-audit(5)) */
	LIVE_BYTES = 8192,
};

/* The file's beginning, which the session goes on writing. */
struct live_page {
	int64_t moved;    /* when a byte moved last: seconds of CLOCK_MONOTONIC;
			   * a program's bytes pass us by: its files count */
	uint64_t in, out; /* bytes from the client, and to it */
};

struct live {
	int fd;                 /* owned; -1: the session can't tell */
	struct live_page *page; /* mapped; NULL: likewise */
};

/*
 * Makes the file: who is served what, in which root. To be called before any
 * limit of the session's holds. What fails is left out: no session ends for
 * it.
 */
void live_begin(struct live *live, const struct session *session,
    const char *service, const char *root);
void live_end(struct live *live);

/*
 * So many bytes have come from the client, or gone to it. Does nothing where
 * live is NULL or has no page.
 */
void live_moved(const struct live *live, size_t in, size_t out);

#endif
