/*
 * Replies on their way to the client: appended whole, written when the client
 * takes them. Grows while the client does not read, to a bound at which the
 * engine stops to take requests.
 */
#ifndef FILESONLY_SUBSYS_SFTP_OUT_H
#define FILESONLY_SUBSYS_SFTP_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "subsys/sftp/status.h"

enum {
	OUT_FULL = 4 << 20,    /* no more requests are taken */
	OUT_FLUSH = 128 << 10, /* worth a write of its own */
};

struct out {
	unsigned char *bytes; /* owned */
	size_t size;
	size_t from; /* written up to here */
	size_t len;  /* filled up to here */
	uint64_t sent;
	bool wordless; /* a status is its code alone, before version 3 */
};

struct stat;

void out_init(struct out *out);
void out_free(struct out *out);

/* How much is waiting. */
size_t out_waiting(const struct out *out);

/*
 * Writes what the descriptor takes without blocking, at most max bytes.
 * Returns 0 (all or a part is written), or -1 with errno: the client is gone.
 */
int out_write(struct out *out, int fd, size_t max) must_check;

/*
 * A packet: begin returns a buffer of at least room bytes behind its head
 * (length, type, id), end fixes its length. Nothing else is appended between
 * the two.
 */
struct buf out_begin(struct out *out, enum packet type, uint32_t id,
    size_t room);
void out_end(struct out *out, const struct buf *packet);

/* Whole packets. error: see status_text; words (or NULL) replace the text. */
void out_status(struct out *out, uint32_t id, enum status status, int error,
    const char *words);
void out_handle(struct out *out, uint32_t id, const unsigned char *name,
    size_t len);
void out_attrs(struct out *out, uint32_t id, const struct stat *st);
void out_name(struct out *out, uint32_t id, const char *name, size_t len);

/* The attributes of a reply: all four kinds, always. */
void out_add_attrs(struct buf *packet, const struct stat *st);

#endif
