/*
 * Addresses of clients, and the lists that name some of them: CIDR blocks
 * (--proxy-from) and the patterns of authorized_keys' from= (sshd(8),
 * ssh_config(5) "PATTERNS"). Pure.
 */
#ifndef FILESONLY_SERVE_ADDRESS_H
#define FILESONLY_SERVE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/auto.h"

enum { ADDRESS_TEXT = 64 };

/* IPv4 addresses stand as mapped ones (::ffff:a.b.c.d). */
struct address {
	unsigned char bytes[16];
	uint16_t port;
};

/* "192.0.2.7" or "2001:db8::1". Returns false where it is neither. */
bool address_parse(struct address *address, const char *text) must_check;

/* From what accept(2) or getsockname(2) gave; false: another family. */
bool address_of(struct address *address,
    const struct sockaddr_storage *socket) must_check;

/* Without the port. */
void address_text(const struct address *address, char text[ADDRESS_TEXT]);

bool address_is_v4(const struct address *address);

/* The same host? Ports do not count. */
bool address_equals(const struct address *a, const struct address *b);

/* Whom it counts for: of IPv6 the /64, any address of which its holder can
 * take. */
struct address address_source(const struct address *address);

/* Is the text a CIDR block or one address? A block has no bit set behind those
 * that count. */
bool address_is_block(const char *block) must_check;

/* Does a CIDR block ("192.0.2.0/24", or an address alone) hold the address? */
bool address_in_block(const struct address *address, const char *block);

/* Is it a list for address_in_list, each entry of which is one? */
bool address_is_list(const char *list) must_check;

/*
 * A comma list of CIDR blocks and patterns with * and ?, as from= has it. An
 * entry that begins with ! and matches decides: no. Names of hosts match
 * nothing, since nobody is asked for them. What is no such list holds nobody.
 */
bool address_in_list(const struct address *address, const char *list);

#endif
