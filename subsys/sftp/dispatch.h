/*
 * The SFTP server of one session: a table of requests, what each needs, and
 * the state that they share. Knows nothing of the streams (serve.c).
 */
#ifndef FILESONLY_SUBSYS_SFTP_DISPATCH_H
#define FILESONLY_SUBSYS_SFTP_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limits/pace.h"
#include "root/cache.h"
#include "root/own.h"
#include "subsys/job.h"
#include "subsys/sftp/background.h"
#include "subsys/sftp/decode.h"
#include "subsys/sftp/handles.h"
#include "subsys/sftp/out.h"
#include "subsys/sftp/owners.h"

struct sftp {
	struct job *job;
	struct relpath start; /* where relative paths begin, and "~" */
	struct handles handles;
	struct owners owners;
	struct root_cache cache;
	struct out out;
	struct background background;
	struct upload *uploads; /* that are not complete */
	struct pace pace;
	struct fields fields;   /* of the request at hand */
	uint32_t id;            /* ... and its number */
	struct own own;         /* what this session may call its own */
	const struct own *only; /* all that the request at hand may change,
				 * or NULL: anything */
	uint64_t closed;        /* rows that are not served (requests.h) */
	bool greeted;           /* INIT was answered */
	bool told_size;         /* the record has a line of max-file-size */
};

/* What a handler returns. */
enum {
	DONE = 0,    /* the answer is STATUS_OK */
	FAILED = -1, /* the answer is errno's status */
	REPLIED = 1, /* the handler has answered, or will */
};

/* One kind of request (table.c). */
struct request_row {
	enum packet type; /* PACKET_EXTENDED for all that have a name */
	const char *name;
	const char *version; /* of an extension, as the greeting tells it;
			      * NULL: it does not */
	const char *layout;
	unsigned needs; /* ACT_ bits */
	/* ... or what they are for this very request */
	unsigned (*needs_of)(const struct sftp *, const struct fields *);
	int (*run)(struct sftp *, const struct fields *);
	const char *event; /* in the record, or NULL */
};

/* All rows, ended by one without a name. */
extern const struct request_row request_rows[];

/* names and handles are opened before the jail: dispatch_open opens them. */
void dispatch_open(struct sftp *sftp, struct job *job);
void dispatch_close(struct sftp *sftp);

/*
 * Serves one packet (type and body, len bytes at least 1) and appends the
 * answer. Returns false where the session must end: nothing sensible can be
 * answered (a request before INIT, not even an id).
 */
bool dispatch_serve(struct sftp *sftp, const unsigned char *packet,
    size_t len) must_check;

/* Answers with a status; returns REPLIED. */
int answer(struct sftp *sftp, enum status status);

/* The policy's answer for these acts. */
enum answer answer_for(const struct sftp *sftp, unsigned acts);

/*
 * May a file have this many bytes? EFBIG where it may not, and one line of a
 * session in the record.
 */
bool may_have_size(struct sftp *sftp, uint64_t size);

/* A line about a file handle that was opened to write or is closed. */
void sftp_record_handle(struct sftp *sftp, const char *event,
    const struct handle *handle, const char *result);

#endif
