/* The gate's own command line: the administrator's words, trusted. */
#ifndef FILESONLY_DECIDE_OPTIONS_H
#define FILESONLY_DECIDE_OPTIONS_H

#include "base/buf.h"
#include "policy/policy.h"
#include "policy/restrictions.h"

enum task {
	TASK_SERVE,    /* judge the request and serve it */
	TASK_VERSION,  /* --version */
	TASK_HELP,     /* --help */
	TASK_MODES,    /* --help=modes: the table of acts and modes */
	TASK_SFTP,     /* --help=sftp: the table of SFTP's requests */
	TASK_REQUESTS, /* sftp-server -Q requests: their names */
};

struct options {
	enum task task;
	const char *subsystem; /* --subsystem=NAME: no command needed */
	const char *config;    /* --config=FILE; NULL: the system's */
	const char *profile;   /* --profile=NAME, or NULL */
	struct key_set given;  /* the keys that were named */
	struct restrictions restrictions; /* rrsync's and sftp-server's flags */
};

/*
 * Reads argv into options and policy (which policy_init made). --KEY=VALUE,
 * --KEY and --no-KEY for flags, --MODE for a mode; one word is the root.
 * Without a root the policy is the configuration's, which these values then
 * narrow. Returns 0, or -1 with a sentence in error: a usage error, exit
 * status 2.
 */
int options_parse(struct options *options, struct policy *policy, int argc,
    char *const *argv, struct buf *error) must_check;

/* Writes the usage text, made from the table of keys. */
void options_help(struct buf *out);

#endif
