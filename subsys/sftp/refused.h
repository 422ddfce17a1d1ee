/*
 * A session that was refused once its request was understood as SFTP: an SSH
 * server shows nobody what a subsystem says on stderr, so the client hears it
 * as the answer to its first requests.
 */
#ifndef FILESONLY_SUBSYS_SFTP_REFUSED_H
#define FILESONLY_SUBSYS_SFTP_REFUSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "subsys/job.h"
#include "subsys/sftp/out.h"

enum {
	REFUSED_ANSWERS = 17,     /* to INIT and 16 requests, at most, ... */
	REFUSED_MS = 5 * 1000,    /* ... in this time, a slow network's too */
	REFUSED_HEAD = 4 + 1 + 4, /* length, type, id */
};

/* What was read of the client's stream: heads alone count. */
struct refused {
	const char *line; /* what it is told; borrowed */
	struct out out;   /* the answers that wait */
	unsigned char head[REFUSED_HEAD];
	size_t have;  /* bytes of head */
	size_t skip;  /* bytes of the body that are still to come */
	bool greeted; /* INIT was answered */
	bool ended;   /* no more is taken: enough was answered, or nothing
		       * sensible can be */
	unsigned answers;
};

void refused_begin(struct refused *refused, const char *line);
void refused_end(struct refused *refused);

/*
 * Takes the next bytes of the stream and appends an answer to refused->out for
 * each INIT and each request in them, until refused->ended. Pure.
 */
void refused_take(struct refused *refused, const unsigned char *bytes,
    size_t len);

/*
 * Answers job->in on job->out with line until the client is gone, or the
 * bounds above. This process goes behind all walls that the kernel has, for
 * good: the record must be closed by then.
 */
void sftp_refuse(const struct job *job, const char *line);

#endif
