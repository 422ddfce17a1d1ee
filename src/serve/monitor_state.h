/*
 * What the files of the monitor share: one connection. For these files only;
 * all others know monitor.h.
 */
#ifndef FILESONLY_SERVE_MONITOR_STATE_H
#define FILESONLY_SERVE_MONITOR_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "serve/authorized_keys.h"
#include "serve/messages.h"
#include "serve/monitor.h"
#include "serve/transport.h"

/* As many may be ending as may be running. */
enum { PROGRAMS = 2 * TRANSPORT_CHANNELS };

struct program {
	pid_t pid; /* 0: none */
	unsigned channel;
	bool is_stopped; /* its channel is closed, and may be another's */
};

struct monitor {
	const struct monitor_plan *plan;
	struct address client;
	bool has_address; /* the balancer's header was heard, or none is due */
	bool via;         /* ... and names another client */
	bool is_check;    /* it names none: the balancer's health check */
	int socket;       /* to the network process */
	int signals;
	pid_t network;
	int network_status;
	bool network_ended;
	bool ends; /* told to: no new request */
	unsigned keys_asked, keys_refused;
	bool logged_in;
	char user[256], fingerprint[KEY_FINGERPRINT];
	char *account; /* a virtual one; owned */
	uint64_t
	    look; /* when to look whether it is shut, in clock_ms; 0: never */
	const char *shut;          /* a text for the log: it is */
	struct authorized_key key; /* as its line was ... */
	uint64_t key_read;         /* ... then, in clock_ms */
	const char *refused_because;
	struct program programs[PROGRAMS];
	unsigned requests;
	char version[256], kex[64], cipher[64], reason[256];
	uint64_t received, sent;
	uint64_t began; /* in clock_ms */
	struct message *message;
};

/* Keeps what fits of a text; NULL is "". */
static inline void
monitor_keep_text(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text == NULL ? "" : text);
}

/* --- monitor_login.c: who may log in --- */

/* Each answers the message that has come: yes or no. */
bool monitor_answer_key(struct monitor *monitor) must_check;
bool monitor_answer_address(struct monitor *monitor) must_check;

/*
 * Once the account is shut or the key has expired the connection ends with what
 * runs on it: each program is told by its own gate.
 */
void monitor_look_at_login(struct monitor *monitor);

/*
 * Is the key that has logged in listed still, and may it be used? Reads its
 * line anew, which counts from then on. If not, the connection ends as above.
 */
bool monitor_key_holds(struct monitor *monitor) must_check;

/* --- monitor_programs.c: the gates that run --- */

/* Starts one for the message that has come, and answers; false: the answer is
 * no. */
bool monitor_answer_run(struct monitor *monitor) must_check;

/* The client has closed the channel: as a terminal that hangs up. */
void monitor_stop_program(struct monitor *monitor, unsigned channel);
void monitor_signal_programs(struct monitor *monitor, int signal);
unsigned monitor_running(const struct monitor *monitor);

/* One was reaped, with that status. */
void monitor_program_ended(struct monitor *monitor, struct program *program,
    int status);

/* --- monitor_end.c: what is told of a connection --- */

enum connection_end monitor_how_it_ended(
    const struct monitor *monitor) must_check;
void monitor_log(const struct monitor *monitor, enum connection_end end);

#endif
