/* The account that is served and the client's address. Immutable once it is
 * loaded. */
#ifndef FILESONLY_SESSION_SESSION_H
#define FILESONLY_SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/auto.h"

/* Lines that are written so, at SERVED_RECORD_FD (served.h). */
enum served_record { RECORD_UNSERVED, RECORD_LOGFMT, RECORD_JSON };

struct session {
	char id[17];      /* 16 random hex digits, the same on every line */
	uid_t uid;        /* the account we run as */
	gid_t gid;        /* its primary group */
	bool has_account; /* user is the name of one, not a number */
	bool account_is_unsure; /* a name service that can't be asked might
				 * know a name (account_unsure) */
	char user[256];         /* its name, or its number where it has none */
	char home[4096];  /* its home directory; "/" where there is none */
	bool home_is_odd; /* it has one that is no absolute path: "/" here */
	char shell[4096]; /* its login shell; "" where there is none */
	bool connected;   /* SSH_CONNECTION was set: nobody is at a terminal */
	char address[64]; /* the client's, from SSH_CONNECTION; "unknown" */
	char key_claim[128]; /* "TYPE SHA256:..."; key_claim.h */
	bool key_is_fact;    /* filesonlyd has told it (served.h) */
	bool is_virtual;     /* user is an account of a configuration alone: in
			      * no group of the system's */
	const char *program; /* the gate, where another program asks what it
			      * would do; borrowed; NULL: we are it */
	const char *config;  /* filesonlyd's configuration, borrowed; NULL */
	const char *keys;    /* its file of who may log in, borrowed; NULL */
	const char *const *host_keys; /* its host keys' files, borrowed */
	size_t host_key_count;
	int64_t expires; /* when the key that logged in does, in seconds since
			  * 1970; 0: never */
	enum served_record record; /* what filesonlyd takes in syslog's place */
	struct timespec started;   /* CLOCK_REALTIME_COARSE */
	struct timespec started_steady; /* CLOCK_MONOTONIC */
};

/*
 * Asks the system (account.h) who we are and the environment from where the
 * client came. Of several names with one uid it takes sshd's USER, if that is
 * one of them. Returns 0, or -1 with errno where there is no randomness.
 */
int session_load(struct session *session) must_check;

/*
 * Sets home from an account's entry. Returns false where that is no absolute
 * path, or too long for one: home is "/" then.
 */
bool session_set_home(struct session *session, const char *home) must_check;

#endif
