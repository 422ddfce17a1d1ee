/*
 * Requests that take long, done in slices between the others: the session's
 * other requests don't wait for them, and a vanished client ends them.
 */
#ifndef FILESONLY_SUBSYS_SFTP_WORK_H
#define FILESONLY_SUBSYS_SFTP_WORK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "subsys/sftp/out.h"

enum { WORKS_MAX = 16 };

enum work_kind {
	WORK_COPY, /* bytes on their way from one file to another */
	WORK_HASH, /* bytes that are read for their digests */
};

struct digest;
struct upload;

struct work {
	enum work_kind kind;
	bool active;
	uint32_t id;           /* of the request that waits for the end */
	int from, to;          /* owned; a hash has no to: -1 */
	struct digest *digest; /* a hash's, owned */
	off_t read_at, write_at;
	uint64_t left;         /* UINT64_MAX: to the end of the file */
	bool exact;            /* an early end is told as one (of a copy) */
	bool append;           /* write_at is ignored */
	uint64_t max_size;     /* that the file may have; 0: any */
	struct upload *upload; /* that it writes, held; or NULL */
	bool whole;            /* that is complete only if all of this is */
};

struct works {
	struct work at[WORKS_MAX];
	unsigned active;
	unsigned turn; /* who gets the next slice */
};

/*
 * Starts it: takes over what it owns in any case. Returns 0, or -1
 * with errno EBUSY where too many are under way.
 */
int work_start(struct works *works, const struct work *work) must_check;

/* Does one slice of one work; answers it when it is done. */
void work_step(struct works *works, struct out *out);

void work_end_all(struct works *works);

#endif
