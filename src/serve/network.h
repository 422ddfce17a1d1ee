/*
 * The network process of one connection: SSH on one side, its monitor and the
 * programs' pipes on the other. Before the first byte of the network it gives
 * away every file, every other call, and the right to make more.
 */
#ifndef FILESONLY_SERVE_NETWORK_H
#define FILESONLY_SERVE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"

struct network_plan {
	int fd;                 /* the client's connection */
	int monitor;            /* the socket to the monitor */
	const char **host_keys; /* paths */
	size_t host_key_count;
	unsigned grace;     /* seconds until a client must have logged in */
	bool from_balancer; /* a PROXY header comes first */
};

/* The exit status of the process. */
enum network_status {
	NETWORK_DONE,
	NETWORK_UNABLE =
	    4, /* it could serve nobody: no fault of the client's */
};

enum network_status network_run(const struct network_plan *plan) must_check;

#endif
