/* What filesonlyd was told on its command line; const once server_paths.c has
 * filled in the rest. */
#ifndef FILESONLY_SERVE_SERVER_OPTIONS_H
#define FILESONLY_SERVE_SERVER_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/buf.h"

enum {
	LISTEN_MAX = 16,
	HOST_KEY_FILES_MAX = 8,
	PROXY_BLOCKS_MAX = 64,
	GATE_OPTIONS_MAX = 128,
};

enum server_task { SERVER_RUN, SERVER_PING, SERVER_VERSION, SERVER_HELP };

enum log_kind { LOG_TO_STDERR, LOG_TO_SYSLOG, LOG_TO_JOURNAL };

struct server_options {
	enum server_task task;
	const char *listen[LISTEN_MAX]; /* "ADDRESS:PORT" */
	size_t listen_count;
	const char *host_keys[HOST_KEY_FILES_MAX]; /* paths */
	size_t host_key_count;
	const char *authorized_keys; /* path; NULL with a configuration */
	const char *config;          /* path; NULL: one policy for all */
	const char *proxy_from[PROXY_BLOCKS_MAX];
	size_t proxy_count;
	const char *user; /* whom root becomes; NULL */
	const char *home; /* of the account that serves; NULL: it has none */
	const char *ping; /* "ADDRESS:PORT" */
	enum log_kind log;
	bool log_json;
	bool log_sessions;        /* sessions' records are among the lines */
	unsigned grace;           /* seconds until login */
	unsigned connections;     /* at a time */
	unsigned per_address;     /* ... of one address */
	unsigned unauthenticated; /* ... that have not logged in */
	bool penalties;
	const char *gate[GATE_OPTIONS_MAX]; /* its options and the root */
	size_t gate_count;
	const char *root;          /* among them; NULL with a configuration */
	char whole_root[PATH_MAX]; /* the root of the gate's words, where it was
				    * given relative to where we started */
};

/*
 * Reads the command line. Returns 0, or -1 with a sentence in error. Words that
 * are no option of ours are the gate's, by whose parser they are checked.
 */
int server_options_parse(struct server_options *options, int argc,
    char *const *argv, struct buf *error) must_check;

void server_options_help(struct buf *out);

#endif
