/*
 * What a command answers to its client: bytes on stdout, complaints on stderr,
 * and what it reads from stdin, all of it within the session's limits
 * (limits/pace.h). Never blocks in a call, so that a client that doesn't read
 * is held to its time as well.
 */
#ifndef FILESONLY_SUBSYS_REPLY_H
#define FILESONLY_SUBSYS_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/buf.h"
#include "limits/pace.h"
#include "subsys/job.h"

enum { REPLY_ROOM = 32 << 10 };

struct reply {
	struct job *job;
	const char *name; /* of the command: complaints begin with it */
	struct pace pace;
	bool over;     /* the client is gone, or a limit was met */
	int out_flags; /* of the streams, as they were; -1: not changed */
	int err_flags;
	size_t len; /* that waits for stdout */
	unsigned char bytes[REPLY_ROOM];
};

/* Borrows job and name (a constant); reply_end must follow. */
void reply_begin(struct reply *reply, struct job *job, const char *name);

/* Appends to what goes to stdout, and sends what is due. */
void reply_add(struct reply *reply, const void *bytes, size_t len);
void reply_add_text(struct reply *reply, const char *text);

/* A line on stderr: "NAME: [WHAT ]"PATH": WORDS"; the path is a peer's. */
void reply_complain(struct reply *reply, const char *what, const char *path,
    const char *words);

/*
 * A turn of a long piece of work. Returns false where it is to be given up:
 * nobody waits for its result any more, or the session has met a limit.
 */
bool reply_goes_on(struct reply *reply) must_check;

/*
 * As read(2) from stdin, once there is something to read. 0, too, where the
 * session is over.
 */
ssize_t reply_read(struct reply *reply, void *bytes, size_t size) must_check;

/*
 * Sends the rest and tells a limit that was met. Returns the exit status: the
 * one that is given, or 1 where the reply was cut.
 */
int reply_end(struct reply *reply, int status) must_check;

#endif
