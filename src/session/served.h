/*
 * What filesonlyd tells the gate that it starts, in the first words of its
 * command line: facts, where sshd leaves claims in the environment.
 */
#ifndef FILESONLY_SESSION_SERVED_H
#define FILESONLY_SESSION_SERVED_H

#include <stddef.h>

#include "base/auto.h"

struct session;

enum { SERVED_HOST_KEYS = 8 };

/* Texts of the command line; NULL: not told. */
struct served {
	const char *key;     /* the fingerprint that logged in */
	const char *address; /* the client's */
	const char *account; /* a virtual one, of the configuration */
	const char *config;  /* the configuration */
	const char *record;  /* it takes the record's lines at SERVED_RECORD_FD,
			      * written so: "logfmt" or "json" */
	const char *keys;    /* the file of who may log in */
	const char *expires; /* when that key does, in seconds since 1970 */
	const char *host_keys[SERVED_HOST_KEYS]; /* the server's, each a file */
	size_t host_key_count;
};

/* A socket that takes packets. */
enum { SERVED_RECORD_FD = 3 };

/*
 * Takes the words --served-... that stand directly behind the program's name
 * off the command line (ours alone: never words of a client's command).
 */
void served_take(struct served *served, int *argc, char ***argv);

/* The session is known by them. Returns 0, or -1 where one does not fit. */
int served_apply(const struct served *served,
    struct session *session) must_check;

#endif
