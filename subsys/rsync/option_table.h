/*
 * rsync's options, one row each: what a client may put on the server's
 * command line, what follows it, and under which policy it is refused. What
 * has no row is refused. The rows were made from rsync(1), from options.c's
 * server_options() as every release since 2.6 sends it, and from openrsync.
 */
#ifndef FILESONLY_SUBSYS_RSYNC_OPTION_TABLE_H
#define FILESONLY_SUBSYS_RSYNC_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* What a policy narrows; a row names the rules under which it is refused. */
enum rsync_rule {
	RULE_READ_ONLY = 1 << 0,
	RULE_NO_DELETE = 1 << 1,
	RULE_NO_OVERWRITE = 1 << 2,
	RULE_WRITE_ONLY = 1 << 3,
	RULE_CREATE_ONLY = 1 << 4,
	RULE_LINKS = 1 << 5,     /* symlinks may not be followed: the jail can't
				  * hide what they lead to */
	RULE_MUNGE = 1 << 6,     /* symlinks are munged */
	RULE_ONE_FS = 1 << 7,    /* mounts are not crossed */
	RULE_PUSH_ONLY = 1 << 8, /* rrsync -wo: no pull, no list's text */
	RULE_NO_REMOVE = 1 << 9, /* rrsync -no-del: nor at the client's side */
};

/* The side that our rsync would have: a row's rules hold there. */
enum rsync_side {
	SIDE_SENDER = 1 << 0,   /* it sends: a pull */
	SIDE_RECEIVER = 1 << 1, /* it receives: a push */
	SIDE_BOTH = SIDE_SENDER | SIDE_RECEIVER,
};

/* What stands behind an option; each kind has one check in values.c. */
enum rsync_value {
	VALUE_NONE,
	VALUE_SUFFIX,  /* the capabilities behind the letter e */
	VALUE_DIGITS,  /* 0..2^31-1 */
	VALUE_SIGNED,  /* the same, or negative */
	VALUE_SIZE,    /* digits, a fraction, a unit, +1 or -1 */
	VALUE_ALLOC,   /* a size from 1M to 1T, never 0 */
	VALUE_BLOCK,   /* a block size, 1..131072 */
	VALUE_NAMES,   /* letters, 0-9 , - _: algorithms */
	VALUE_INFO,    /* A-Z a-z 0-9 ,: --info */
	VALUE_FORMAT,  /* the four formats that clients send */
	VALUE_ENDING,  /* a backup suffix: no slash */
	VALUE_ENDINGS, /* --skip-compress */
	VALUE_MAP,     /* --usermap: no control characters */
	VALUE_CHARSET, /* --iconv */
	VALUE_STDERR,  /* errors, all or client */
	VALUE_X,       /* the letter X */
	VALUE_ANY,     /* of a row that is never passed on */
	VALUE_BESIDE,  /* a directory: from / the root, else from DEST */
	VALUE_PARTIAL, /* a directory: from / the root, else in each one */
	VALUE_LIST,    /* a file in the root, or - */
	VALUE_COUNT
};

enum rsync_fate {
	PASS,   /* handed on, unless a rule refuses it */
	DROP,   /* accepted and left out */
	REFUSE, /* never served */
};

struct rsync_option {     // NOLINT(clang-analyzer-optin.performance.Padding)
	char letter;      /* in a bundle, or 0 */
	const char *name; /* behind two dashes, or NULL */
	enum rsync_value value; /* what follows */
	enum rsync_fate fate;
	unsigned refused;     /* rules under which a PASS is refused ... */
	enum rsync_side side; /* ... if our rsync has this side */
	unsigned dropped;     /* rules under which a receiver goes without */
	const char *why;      /* for the customer, where it is refused */
};

/* An option that a policy adds behind the client's. */
struct rsync_forced {
	unsigned rules; /* any of these */
	enum rsync_side side;
	char unless;      /* not where the client gave this letter, too */
	const char *text; /* the whole word */
};

/* All rows; ended by one with neither letter nor name. */
extern const struct rsync_option rsync_options[];

/* All rows; ended by one without text. */
extern const struct rsync_forced rsync_forced[];

/* The row of a letter in a bundle, or NULL. */
const struct rsync_option *rsync_option_letter(char letter);

/* The row of a long name of len bytes, or NULL. Exact names only. */
const struct rsync_option *rsync_option_name(const char *name, size_t len);

/* Why a rule refuses, for the customer; of several, the plainest. */
const char *rsync_rule_reason(unsigned rules);

#endif
