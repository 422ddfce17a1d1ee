/* One row a request; the greeting, the gate and the tests read the same. */
#ifndef FILESONLY_SUBSYS_SFTP_REQUEST_TABLE_H
#define FILESONLY_SUBSYS_SFTP_REQUEST_TABLE_H

#include "subsys/sftp/decode.h"
#include "subsys/sftp/proto.h"

struct sftp;

/* What a handler returns. */
enum {
	DONE = 0,    /* the answer is STATUS_OK */
	FAILED = -1, /* the answer is errno's status */
	REPLIED = 1, /* the handler has answered */
	BEGUN = 2,   /* a task answers when it is done, and tells the record */
};

typedef int request_handler(struct sftp *sftp, const struct fields *fields);

struct request_row {
	enum packet type; /* PACKET_EXTENDED for all that have a name */
	const char *name;
	const char *version; /* of an extension, as the greeting tells it;
			      * NULL: it does not */
	const char *layout;  /* see decode.h */
	unsigned needs;      /* ACT_ bits without which it is refused */
	/* ... and those that depend on this request's values, or NULL */
	unsigned (*needs_of)(const struct sftp *, const struct fields *);
	unsigned existing; /* the act that the policy asks where a name that
			    * the request makes exists; 0: it must not */
	/* A rule of the policy on values (0, or -1 with errno), or NULL. */
	int (*rule)(struct sftp *, const struct fields *);
	request_handler *run;
	const char *event; /* in the record, or NULL */
};

/* All rows, ended by one without a name. */
extern const struct request_row request_rows[];

/* The row of a type, or of an extension's name (PACKET_EXTENDED); or NULL. */
const struct request_row *request_row_of(unsigned type,
    const struct slice *name);

#endif
