/*
 * What the files of the listener share: its sockets and its connections. For
 * these files only; all others know listener.h.
 */
#ifndef FILESONLY_SERVE_LISTENER_STATE_H
#define FILESONLY_SERVE_LISTENER_STATE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "serve/address.h"
#include "serve/line_relay.h"
#include "serve/listen_sockets.h"
#include "serve/listener.h"
#include "serve/penalties.h"

struct connection {
	pid_t monitor; /* 0: free */
	int pipe;      /* from it; -1: it has logged in, or is gone */
	struct address client;
	bool is_balancer;    /* client is: it names none, or none yet */
	bool is_turned_away; /* as one that the balancer has named */
};

struct listener {
	const struct server_options *options;
	const struct server_log *log;
	const char *gate;
	struct listen_sockets sockets;
	int signals;
	struct connection *connections; /* options->connections; owned */
	struct pollfd *polls;           /* one each and those in front */
	struct penalties penalties;
	struct line_relay relay;
	unsigned count, unauthenticated;
	uint64_t probes, turned_away; /* since the last summary */
	uint64_t next_summary;
	uint64_t rests_until;
	bool ends;
};

/* --- listener_bounds.c: who is let in --- */

/* Must connections from there name their client (--proxy-from)? */
bool listener_is_balancer(const struct listener *listener,
    const struct address *address) must_check;

/* Why a new connection can't be served now, or NULL. */
const char *listener_turns_away(const struct listener *listener,
    const struct address *client, bool from_balancer) must_check;

/*
 * An address has its bounds: most connections, and penalties. Returns the one
 * that holds it back now, or NULL.
 */
const char *listener_address_waits(const struct listener *listener,
    const struct address *client, unsigned most) must_check;

/* --- listener_monitors.c: a process for each connection --- */

/* Starts one, where a place is free; fd stays the caller's. */
void listener_start_monitor(struct listener *listener, int fd,
    const struct address *client, bool from_balancer);

/* Hears one word. Returns false where nothing more is to be heard now. */
bool listener_hear_monitor(struct listener *listener,
    struct connection *connection) must_check;

/* Takes leave of those that have ended. */
void listener_reap_monitors(struct listener *listener);

#endif
