/*
 * The monitor of one connection: starts its network process, which alone
 * speaks with the client, answers it whether a key may log in, and runs the
 * gate for what a client that has logged in asks for. Runs no code of the SSH
 * library and holds no host key.
 */
#ifndef FILESONLY_SERVE_MONITOR_H
#define FILESONLY_SERVE_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "serve/address.h"
#include "serve/server_log.h"
#include "serve/server_options.h"

/* How a connection ended, as its monitor's exit status tells the listener. */
enum connection_end {
	CONNECTION_OK,        /* a client had logged in */
	CONNECTION_NO_BANNER, /* nothing of SSH came: a probe */
	CONNECTION_NO_LOGIN,  /* it left before it tried a key */
	CONNECTION_REFUSED,   /* no key of its was taken */
	CONNECTION_TOO_SLOW,  /* the grace time was over */
	CONNECTION_CRASHED,   /* its network process died */
	CONNECTION_PROXY,     /* no PROXY header, or a bad one */
	CONNECTION_FAILED, /* the server lacked what it needs: not its fault */
	CONNECTION_ENDS
};

/* What a monitor tells the listener while its connection lasts. */
struct monitor_news {
	struct address client; /* by a balancer's word, where there is one */
	bool has_logged_in;
};

struct monitor_plan {
	int fd; /* the client's */
	struct address client, server;
	bool from_balancer;
	int listener; /* a pipe that takes struct monitor_news */
	const struct server_options *options;
	const struct server_log *log;
	int record;       /* takes the lines of sessions' records, or -1 */
	const char *gate; /* the gate's path */
};

/* Runs until the connection and its programs are over. */
enum connection_end monitor_run(const struct monitor_plan *plan) must_check;

#endif
