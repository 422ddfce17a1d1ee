/*
 * The reasons for which we refuse. Each is one row (refusal.c): the word in
 * the record, the exit status, and the sentence for the customer. The sentence
 * names what was refused, never what lies outside the root.
 */
#ifndef FILESONLY_REQUEST_REFUSAL_H
#define FILESONLY_REQUEST_REFUSAL_H

#include <stddef.h>

#include "base/auto.h"
#include "base/buf.h"

enum refusal {
	REFUSE_NOTHING = 0,   /* go on */
	REFUSE_SHELL,         /* no command: a shell or a login */
	REFUSE_COMMAND,       /* a command that nobody claims */
	REFUSE_TERMINAL,      /* stdin is a terminal: bytes would be mangled */
	REFUSE_TOO_LONG,      /* more bytes or words than any client sends */
	REFUSE_QUOTES,        /* an unclosed quote, a trailing backslash */
	REFUSE_METACHARACTER, /* ; & | < > ( ) $ ` outside quotes */
	REFUSE_SERVICE,       /* a service that the policy does not have */
	REFUSE_SYNTAX,        /* the shape of a subsystem's command line */
	REFUSE_OPTION,        /* an option that is never served */
	REFUSE_MODE,          /* what the mode of the account does not allow */
	REFUSE_PATH,          /* a path that can't be served */
	REFUSE_INCOMPLETE,    /* arguments that were to come on stdin did not */
	REFUSE_EXACT,         /* the key is locked to another command */
	REFUSE_DISABLED,      /* the account, or the key, is shut ... */
	REFUSE_EXPIRED,       /* ... since a date */
	REFUSE_BUSY,          /* another session holds the lock, or too many */
	REFUSE_UNAVAILABLE,   /* the root's file system does not answer */
	REFUSE_RECORD,        /* what is done can't be recorded */
	REFUSE_MISCONFIGURED, /* the account's configuration is wrong: 78 */
	REFUSE_CONFINEMENT,   /* this kernel can't confine the service: 126 */
	REFUSE_COUNT
};

/* A refusal with the details that its texts name. */
struct verdict {
	enum refusal refusal;
	const char *because; /* a constant: the reason, or NULL */
	char what[256];      /* what was refused, escaped, or empty */
};

/*
 * Fills the verdict and returns refusal. what (len bytes, NULL for none) is a
 * peer's: it is escaped and cut. because must be a constant, or NULL.
 */
enum refusal verdict_set(struct verdict *verdict, enum refusal refusal,
    const char *because, const char *what, size_t len);

/* "TEXT[: WHAT][: BECAUSE]", without newline: what the customer reads. */
void refusal_describe(const struct verdict *verdict, struct buf *out);

/* The word of the audit line, e.g. "metacharacter". */
const char *refusal_word(enum refusal refusal);

/* The exit status: 1, 2, 78 or 126; 0 for REFUSE_NOTHING. */
int refusal_status(enum refusal refusal);

#endif
