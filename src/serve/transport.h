/*
 * The SSH transport of one connection: key exchange, login by public key,
 * channels. Behind these functions stands libssh, and nobody else includes its
 * session and server headers, so that the library could be changed. One
 * connection a process; nothing here opens a file once it has begun.
 */
#ifndef FILESONLY_SERVE_TRANSPORT_H
#define FILESONLY_SERVE_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

enum {
	TRANSPORT_CHANNELS = 10,         /* at a time, as sshd's MaxSessions */
	TRANSPORT_WINDOW = 4 << 20,      /* bytes that a client may be ahead */
	TRANSPORT_BEST_READ = 6 * 32758, /* what a channel's packets divide */
};

/* Whoever the transport works for; context is his. */
struct transport_events {
	/*
	 * May user log in with this public key? proved: the client has shown
	 * that it has the private one; else it only asks.
	 */
	bool (*key)(void *context, const char *user, const char *base64,
	    bool proved);
	/* command NULL: the sftp subsystem; "": a shell. Will it run? */
	bool (*request)(void *context, unsigned channel, const char *command);
	/* For the program; returns how many bytes it took. */
	size_t (*data)(void *context, unsigned channel, const void *bytes,
	    size_t len);
	void (*end)(void *context, unsigned channel);    /* of its input */
	void (*closed)(void *context, unsigned channel); /* by the client */
};

struct buf;
struct transport;

/*
 * Adds "libssh 0.12.1/openssl/zlib, AES-GCM is offered": the library that this
 * process runs with; it is told where that is older than the build's.
 */
void transport_tell_library(struct buf *text);

/* The library and its tables, before anything is confined. 0, or -1. */
int transport_prepare(void) must_check;

/*
 * Seeds the library's random numbers anew, after a fork and behind the walls:
 * two connections must never draw the same ones, as their keys would be. 0, or
 * -1: the library can't, so nobody may be served.
 */
int transport_seed(void) must_check;

/*
 * A host key from a file; transport_new takes it. Returns NULL where it can't
 * be read or is no private key.
 */
struct transport_host_key;
struct transport_host_key *transport_read_host_key(const char *path) must_check;

void transport_free_host_key(struct transport_host_key *key);

/* Makes an ed25519 key and writes it to a path that is not there (0600). */
int transport_make_host_key(const char *path) must_check;

/* "SHA256:..." of it, into a text of KEY_FINGERPRINT bytes. 0, or -1. */
int transport_host_fingerprint(const struct transport_host_key *key, char *text,
    size_t size) must_check;

/*
 * Takes fd and the count host keys. Returns NULL where the library can't.
 * transport_free ends it.
 */
struct transport *transport_new(int fd, struct transport_host_key **keys,
    size_t count, const struct transport_events *events,
    void *context) must_check;
void transport_free(struct transport *transport);

/* Blocks until keys are exchanged. Returns 0, or -1: transport_error. */
int transport_exchange_keys(struct transport *transport) must_check;

/* From here on nothing blocks. */
int transport_fd(const struct transport *transport);
bool transport_wants_to_write(const struct transport *transport);
bool transport_is_authenticated(const struct transport *transport);

/*
 * Does what can be done without waiting, which calls the events. Returns false
 * where the connection is over.
 */
bool transport_turn(struct transport *transport) must_check;

/*
 * After what was written: does the library take its socket for full, and is
 * the client likely to wait? In the midst of an upload there is more to read,
 * and nothing is won by asking for less of it.
 */
bool transport_is_unsettled(const struct transport *transport);

/* Asks once whether what was written has left, or can. As transport_turn. */
bool transport_settle(struct transport *transport) must_check;

/* How many bytes the client takes on a channel now. */
size_t transport_room(const struct transport *transport, unsigned channel);

/*
 * Sends bytes of the program's (is_error: of its standard error). Returns how
 * many were taken, which may be none while keys are exchanged anew, or -1.
 * Never from within an event.
 */
ssize_t transport_write(struct transport *transport, unsigned channel,
    const void *bytes, size_t len, bool is_error) must_check;

/*
 * Hands over again what an event's data did not take, and lets the client send
 * more. Never from within an event.
 */
void transport_drain(struct transport *transport, unsigned channel);

/* The end of a channel, in this order. signal NULL: status counts. */
void transport_end_output(struct transport *transport, unsigned channel);
void transport_exit(struct transport *transport, unsigned channel, int status,
    const char *signal);
void transport_close(struct transport *transport, unsigned channel);

/* Words for the log, a peer's in part; "" where not known yet. */
const char *transport_error(struct transport *transport);
const char *transport_client(const struct transport *transport);
const char *transport_kex(const struct transport *transport);
const char *transport_cipher(const struct transport *transport);

#endif
