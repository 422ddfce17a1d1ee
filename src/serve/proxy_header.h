/* The PROXY header at the beginning of a balancer's connection. */
#ifndef FILESONLY_SERVE_PROXY_HEADER_H
#define FILESONLY_SERVE_PROXY_HEADER_H

#include "base/auto.h"
#include "serve/address.h"
#include "serve/proxy.h"

/*
 * Takes the header off the socket, waiting for it; the caller has set an alarm.
 * PROXY_ADDRESS: *address is whom it names. PROXY_BAD: there is none, or the
 * client has gone. Never PROXY_MORE.
 */
enum proxy_answer proxy_header_read(int fd, struct address *address) must_check;

#endif
