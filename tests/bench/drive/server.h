/*
 * An SFTP server under test, from the client's end: its process, requests on
 * their way, replies in their order, and what it cost. Whatever goes wrong
 * ends the benchmark: a figure of a server that errs is worth nothing.
 */
#ifndef FILESONLY_TESTS_BENCH_DRIVE_SERVER_H
#define FILESONLY_TESTS_BENCH_DRIVE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "subsys/sftp/decode.h"
#include "subsys/sftp/proto.h"

enum { PENDING_MAX = 4096 };

/* A request that waits for its reply. */
struct pending {
	enum packet type;
	uint32_t id;
	uint32_t unit; /* of the workload: which file, which block */
};

struct reply {
	enum packet type;
	struct slice body; /* behind the id; valid until the next wait */
};

/* Bytes in order, from .. len of what is allocated. */
struct queue {
	unsigned char *bytes;
	size_t size, from, len;
};

struct server {
	pid_t pid;
	int to, from; /* non-blocking; the same socket, maybe */
	struct queue out, in;
	struct pending pending[PENDING_MAX]; /* a ring */
	uint32_t sent, answered;             /* counts, which are the ids too */
};

struct cost {
	double cpu;    /* user and system, in microseconds */
	long peak_kib; /* of resident memory, since its exec */
};

void die(const char *format, ...) printf_like(1, 2) __attribute__((noreturn));

/* Starts argv in directory and greets it. */
void server_start(struct server *server, char *const argv[],
    const char *directory, bool pipes);

/* Ends its input, waits, frees. */
struct cost server_end(struct server *server);

/* Queues one request: begin, append fields, end. */
struct buf request_begin(struct server *server, enum packet type, uint32_t unit,
    size_t room);
void request_end(struct server *server, const struct buf *request);

/* How many requests have no reply yet. */
uint32_t server_waiting(const struct server *server);

/* The next reply, which must be there within a minute. */
void server_wait(struct server *server, struct pending *request,
    struct reply *reply);

/* ... and must be of this type, or the status OK. */
void expect(const struct pending *request, const struct reply *reply,
    enum packet type);
void expect_status(const struct pending *request, const struct reply *reply,
    enum status status);

/* One field off the front of a reply. */
uint32_t take_u32(struct slice *body);
uint64_t take_u64(struct slice *body);
struct slice take_string(struct slice *body);

#endif
