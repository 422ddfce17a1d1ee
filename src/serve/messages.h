/*
 * What the network process of a connection says to its monitor, and what it
 * hears: whole messages over a socket of type SOCK_SEQPACKET. The monitor
 * takes nothing that the other says on trust.
 */
#ifndef FILESONLY_SERVE_MESSAGES_H
#define FILESONLY_SERVE_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

enum message_kind {
	/* From the network process. Texts end in a NUL each. */
	MESSAGE_ADDRESS, /* what the balancer said: "ADDRESS", value: port;
			  * "": its own health check */
	MESSAGE_CLIENT,  /* "VERSION", "KEX", "CIPHER", once known */
	MESSAGE_KEY,     /* "USER", "BASE64"; value: 1 where it was proved */
	MESSAGE_RUN,  /* "COMMAND", value: RUN_; the answer has descriptors */
	MESSAGE_STOP, /* the client has closed this channel */
	MESSAGE_END,  /* "REASON"; the last one */
	/* From the monitor. */
	MESSAGE_YES,
	MESSAGE_NO,
	MESSAGE_ENDED, /* a program: value as of waitpid(2) */
	MESSAGE_KINDS
};

enum run_kind { RUN_COMMAND, RUN_SFTP, RUN_SHELL };

enum {
	MESSAGE_TEXT = 112 << 10, /* bytes of text: WORDS_MAX_BYTES and more */
	MESSAGE_FDS = 3,          /* a program's 0, 1 and 2 */
};

struct message_head {
	uint32_t kind;
	uint32_t channel;
	int32_t value;
	uint64_t in, out; /* bytes of the client's, with MESSAGE_END */
};

struct message {
	struct message_head head;
	char text[MESSAGE_TEXT];
	size_t len;           /* of text */
	int fds[MESSAGE_FDS]; /* -1: none; received ones are the caller's */
};

/* A message without a kind yet. Most of its text is never touched: no page of
 * it is zeroed before it is used. The caller frees. */
struct message *message_new(void) must_check;

/*
 * Sends head, text and descriptors (of message->fds those that are not -1).
 * Returns 0, or -1 with errno.
 */
int message_send(int socket, const struct message *message) must_check;

/*
 * Waits for one message (flags as recvmsg(2)). Returns 1, 0 at the end, or -1
 * with errno: EBADMSG for one that can't be.
 */
int message_receive(int socket, struct message *message, int flags) must_check;

/* Begins a message without text and descriptors. */
void message_begin(struct message *message, enum message_kind kind,
    unsigned channel);

/* Appends a text and its NUL. Returns 0, or -1 with errno EMSGSIZE. */
int message_add(struct message *message, const char *text) must_check;

/* The next text from *at on, or NULL where there is none. */
const char *message_next(const struct message *message, size_t *at) must_check;

#endif
