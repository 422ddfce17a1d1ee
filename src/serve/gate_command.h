/* The gate's command line for one request: who is served, and by what. */
#ifndef FILESONLY_SERVE_GATE_COMMAND_H
#define FILESONLY_SERVE_GATE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"

enum { GATE_ARGS_MAX = 256 };

/* Facts that the gate learns from its own command line. */
struct gate_facts {
	const char *key;     /* the fingerprint */
	const char *address; /* the client's */
	const char *account; /* a virtual one, or NULL */
	const char *config;  /* with an account */
	const char *record;  /* how lines are written that we take, or NULL */
	const char *keys;    /* without a configuration: who may log in */
	const char *expires; /* when the key does, or NULL: never */
	const char *const *host_keys; /* files of the server's own */
	size_t host_key_count;
};

struct gate_command {
	char *at[GATE_ARGS_MAX + 1]; /* owned; ended by NULL */
	size_t count;
};

/* Is a key's command= a call of ours: filesonly or rrsync with its options? */
bool gate_command_is_ours(const char *command) must_check;

/*
 * From a key's command= (NULL: from options and their count). Returns 0, or -1
 * where it is not ours or too long. gate_command_free ends it.
 */
int gate_command_make(struct gate_command *made, const struct gate_facts *facts,
    const char *command, const char *const *options, size_t count) must_check;
void gate_command_free(struct gate_command *command);

#endif
