/*
 * A program's three descriptors on one side, a channel on the other, and what
 * waits between them. Never blocks, keeps little, and tells the end of each
 * direction once.
 */
#ifndef FILESONLY_SERVE_STREAM_H
#define FILESONLY_SERVE_STREAM_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

struct transport;

enum { STREAM_POLLS = 3 };

struct stream {
	bool used;
	unsigned channel;
	int in, out, err;       /* the program's 0, 1 and 2; owned; -1: ended */
	unsigned char *backlog; /* for the program, which has not taken it */
	size_t backlog_at, backlog_len;
	bool is_fresh;        /* ... nor was asked whether it does */
	unsigned char *carry; /* for the client, likewise */
	size_t carry_at, carry_len;
	bool carry_is_error;
	bool input_ended; /* the client says no more */
	bool exited;
	int status; /* of waitpid(2) */
	uint64_t received, sent;
};

/* Takes the descriptors, which it makes non-blocking. 0, or -1 with errno. */
int stream_begin(struct stream *stream, unsigned channel,
    const int fds[3]) must_check;

/* Frees all; nothing more is sent to the client. */
void stream_end(struct stream *stream);

/*
 * Bytes of the client's: returns how many were taken. The program gets them at
 * the next turn, many packets at once.
 */
size_t stream_take(struct stream *stream, const void *bytes, size_t len);

/* The client's input has ended. */
void stream_input_ended(struct stream *stream);

/* The program has ended. */
void stream_exited(struct stream *stream, int status);

/* Fills STREAM_POLLS entries: what to wait for. */
void stream_watch(const struct stream *stream,
    const struct transport *transport, struct pollfd *ready);

/*
 * Does what can be done, after poll. Returns false once the channel is closed:
 * stream_end is next.
 */
bool stream_turn(struct stream *stream, struct transport *transport,
    const struct pollfd *ready) must_check;

#endif
