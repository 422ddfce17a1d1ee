/*
 * Lines of sshd's, rssh's, scponly's and filesonly's own log: which account
 * asked for what. Nothing in them is believed to be more than text.
 */
#ifndef FILESONLY_CTL_REPLAY_LINES_H
#define FILESONLY_CTL_REPLAY_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum {
	REPLAY_USER_MAX = 128,
	REPLAY_COMMAND_MAX = 8192,
	REPLAY_PROCESSES = 64,
};

enum replay_kind {
	REPLAY_NOTHING, /* no request */
	REPLAY_REQUEST,
	REPLAY_UNTOLD, /* a session whose command the log does not tell */
};

struct replay_request {
	char user[REPLAY_USER_MAX];
	char command[REPLAY_COMMAND_MAX]; /* "": a login */
	bool was_refused;                 /* when it was logged */
};

/* What a process has said in lines before; the oldest one gives way. */
struct replay_process {
	char name[32]; /* with its id: "rssh[12]" */
	char user[REPLAY_USER_MAX];
	char *command; /* owned, or NULL */
	bool refused, subsystem;
};

/* Starts as {0}; replay_state_free ends it. */
struct replay_state {
	struct replay_process processes[REPLAY_PROCESSES];
	size_t next;
};

/* Reads one line, without its end. request is filled where it is one. */
enum replay_kind replay_line(struct replay_state *state, const char *line,
    struct replay_request *request);
void replay_state_free(struct replay_state *state);

#endif
