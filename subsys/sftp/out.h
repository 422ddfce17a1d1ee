/*
 * Replies on their way to the client: appended whole, written when the client
 * takes them. Grows while the client does not read; at OUT_FULL
 * no more requests are taken (serve.c).
 */
#ifndef FILESONLY_SUBSYS_SFTP_OUT_H
#define FILESONLY_SUBSYS_SFTP_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

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
	/* A reply's data may be a file's own pages, which are not copied: they
	 * wait in a pipe and go behind the bytes up to piped_at. */
	size_t pages_min; /* replies that are worth it */
	int pipe[2];      /* owned; -1 before the first */
	size_t piped, piped_at;
};

struct stat;

void out_init(struct out *out);
void out_free(struct out *out);

/* What kind of file the replies go to: tells what is worth it. */
void out_connect(struct out *out, mode_t kind);

/* How much is waiting. */
size_t out_waiting(const struct out *out);

/* Is it time for a write? */
bool out_is_due(const struct out *out);

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

/*
 * A packet of data whose bytes are the file's own pages: at most len from
 * offset on. Returns how many, 0 (and no packet) at the end of the file, or -1
 * with errno: EINVAL where it can't be done so, or not now, and the bytes must
 * be read. The client gets what the pages hold when it reads them, so nobody
 * here may write to the file meanwhile.
 */
ssize_t out_pages(struct out *out, uint32_t id, int file, off_t offset,
    size_t len) must_check;

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
