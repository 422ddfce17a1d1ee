/*
 * A bounded buffer over memory that the caller owns: appending never
 * overruns. What does not fit is not written, not even in part, and sets
 * `full`, so that a whole line is built first and checked once.
 */
#ifndef FILESONLY_BASE_BUF_H
#define FILESONLY_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/auto.h"

struct buf {
	unsigned char *bytes; /* the caller's memory */
	size_t size;          /* how much of it there is */
	size_t len;           /* how much is filled */
	bool full;            /* something did not fit */
};

/* An empty buffer over size bytes at memory, which it borrows. */
void buf_init(struct buf *buf, void *memory, size_t size);

/* Appends len bytes, or none. */
static inline void
buf_add(struct buf *buf, const void *bytes, size_t len)
{
	if (len > buf->size - buf->len) {
		buf->full = true;
		return;
	}
	/* Nothing may come from nowhere, which memcpy(3) forbids. */
	if (len > 0)
		memcpy(buf->bytes + buf->len, bytes, len);
	buf->len += len;
}

/* Appends a C string without its NUL. */
void buf_add_text(struct buf *buf, const char *text);

/* Appends formatted text, or nothing. */
void buf_addf(struct buf *buf, const char *format, ...) printf_like(2, 3);

/*
 * Appends a number in decimal, blanks in front to fill width: printf takes
 * half of a listing's time, and a session that never calls it starts faster
 * and smaller by its pages.
 */
void buf_add_number(struct buf *buf, uint64_t number, size_t width);

/* Appends two hexadecimal digits a byte. */
void buf_add_hex(struct buf *buf, const unsigned char *bytes, size_t len);

/* Append a number in network byte order, as SSH's wire has it (RFC 4251). */
static inline void
buf_add_u8(struct buf *buf, uint8_t value)
{
	buf_add(buf, &value, 1);
}

static inline void
buf_add_u32(struct buf *buf, uint32_t value)
{
	const unsigned char bytes[4] = { (unsigned char)(value >> 24),
		(unsigned char)(value >> 16), (unsigned char)(value >> 8),
		(unsigned char)value };

	buf_add(buf, bytes, sizeof(bytes));
}

static inline void
buf_add_u64(struct buf *buf, uint64_t value)
{
	buf_add_u32(buf, (uint32_t)(value >> 32));
	buf_add_u32(buf, (uint32_t)value);
}

/* Appends a u32 length and the bytes (a "string" of RFC 4251). */
void buf_add_string(struct buf *buf, const void *bytes, size_t len);

/*
 * The text as a C string: writes a NUL behind it without counting it. Returns
 * the memory's start; where there is no room, the last byte gives way.
 */
const char *buf_text(struct buf *buf);

#endif
