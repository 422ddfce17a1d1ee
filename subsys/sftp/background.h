/*
 * Requests that take long, done in slices between the others: the session's
 * other requests don't wait for them, and a vanished client ends them.
 */
#ifndef FILESONLY_SUBSYS_SFTP_BACKGROUND_H
#define FILESONLY_SUBSYS_SFTP_BACKGROUND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "subsys/sftp/out.h"

enum { BACKGROUND_MAX = 16 };

enum background_kind {
	BACKGROUND_COPY, /* bytes on their way from one file to another */
	BACKGROUND_HASH, /* bytes that are read for their digests */
};

struct digest;
struct sftp;
struct upload;

struct background_task {
	enum background_kind kind;
	bool active;
	uint32_t id;           /* of the request that waits for the end */
	int from, to;          /* owned; a hash has no to: -1 */
	struct digest *digest; /* a hash's, owned */
	off_t read_at, write_at;
	uint64_t left;     /* UINT64_MAX: to the end of the file */
	bool exact;        /* a copy: an early end of the file is told (EOF) */
	bool append;       /* write_at is ignored */
	uint64_t max_size; /* that the file may have; 0: any */
	struct upload *upload; /* that it writes, held; or NULL */
	struct root *keeps;    /* where a whole file is made durable, or NULL */
	bool whole;            /* the upload is complete only if this task is */
	char *path, *to_path;  /* of a whole file, for the record; owned; or
				* NULL */
};

struct background {
	struct background_task at[BACKGROUND_MAX];
	unsigned active;
	unsigned turn; /* the slot that gets the next slice */
};

/*
 * Starts a task and takes over what it owns, also on failure. Returns 0, or -1
 * with errno EBUSY where too many are under way.
 */
int background_start(struct background *background,
    const struct background_task *task) must_check;

/*
 * Does one slice of one task; answers it when it is done, and the record hears
 * of a whole file that was copied, or was not.
 */
void background_step(struct sftp *sftp);

/* The session ends: what is not done is given up. */
void background_end_all(struct sftp *sftp);

#endif
