/*
 * All that a subsystem is given: session, request, what is allowed, the root
 * and three descriptors. A subsystem asks nobody else.
 */
#ifndef FILESONLY_SUBSYS_JOB_H
#define FILESONLY_SUBSYS_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "confine/jail.h"

struct buf;
struct live;
struct means;
struct policy;
struct record;
struct record_line;
struct request;
struct restrictions;
struct root;
struct session;
struct watch;
struct verdict;

struct job {
	const struct session *session; /* who, from where */
	const struct request *request; /* untrusted */
	const struct policy *policy;
	const struct restrictions *restrictions;
	const struct means *means; /* how to confine, chosen once */
	const struct watch *watch; /* who tells that the session must end; NULL:
				    * nobody does */
	const struct live *live;   /* told of each byte that moves; NULL:
				    * nobody asks */
	struct root *root;         /* the confined root, open */
	struct record *record;     /* the record, open */
	int in;           /* from the client: pipe or socket, borrowed */
	int out;          /* protocol bytes to the client; may equal in */
	int err;          /* messages to the client */
	struct buf *told; /* the line by which it was refused, if it was; NULL:
			   * stderr is enough */
	struct jail_report
	    report;        /* the means that stand, or what is lacking */
	uint64_t received; /* protocol bytes, where the subsystem counts */
	uint64_t sent;
	const char *reason; /* the limit that ended the session, or NULL */
	uint64_t files;     /* that were sent or received, on rsync */
	uint64_t bytes;     /* ... and their sizes together */
	uint64_t kept;      /* create-only on rsync: metadata left as it was */
	bool told_size;     /* the record has a line of max-file-size */
};

/*
 * Writes the line "start": who is served by what, behind which means
 * (job->report). For each subsystem, once its jail stands (or could not be
 * had).
 */
void job_record_start(const struct job *job, const char *service);

/* "/" and the path below the root that the client named (relpath's bytes). */
void job_record_path(struct record_line *line, const char *key,
    const char *path);

/* The digest of what a client has uploaded, if audit-hash asks for it and it
 * is known (not NULL). */
void job_record_digest(struct record_line *line, const struct job *job,
    const unsigned char *digest);

/*
 * Writes the line "verify" where a file was refused since its contents are not
 * those that its name tells (root/digest_names.h). Returns whether it was.
 */
bool job_record_differing(struct job *job);

/*
 * The result of an act in the record, as SFTP's codes have it: "ok" for 0,
 * "denied", "missing" or "failed".
 */
const char *job_result_word(int error);

/*
 * For subsystems that are no program of their own: goes behind the walls of
 * JAIL_FILES, before the first byte of the client is used, and writes the line
 * "start". policy is the job's, or a narrower one. Returns 0; or, with verdict
 * filled, the exit status of a service that can't be confined.
 */
int job_enter(struct job *job, const char *service, const struct policy *policy,
    struct verdict *verdict) must_check;

/*
 * Tells the client on stderr, with words, what has ended the session
 * (job->reason). It may have gone, or not read: that is no error, and keeps
 * nobody.
 */
void job_tell_end(const struct job *job, const char *words);

#endif
