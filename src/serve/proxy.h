/*
 * The PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt): what a
 * balancer says of the client in front of the SSH bytes. Pure.
 */
#ifndef FILESONLY_SERVE_PROXY_H
#define FILESONLY_SERVE_PROXY_H

#include <stddef.h>

#include "base/auto.h"
#include "serve/address.h"

enum { PROXY_MAX = 16 + 2048 }; /* a header with more is no balancer's */

enum proxy_answer {
	PROXY_MORE,    /* the header is not complete */
	PROXY_ADDRESS, /* *address is the client's */
	PROXY_LOCAL,   /* the balancer's own connection: a health check */
	PROXY_BAD,     /* no header, or one that can't be */
};

/*
 * Looks at the first len bytes of a connection. *used is the length of the
 * header where it is complete; what follows belongs to SSH.
 */
enum proxy_answer proxy_parse(const unsigned char *bytes, size_t len,
    struct address *address, size_t *used) must_check;

#endif
