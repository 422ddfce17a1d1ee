/*
 * Bytes from a peer, made safe for a log line, a terminal and a JSON string:
 * only printable ASCII comes out, between double quotes.
 */
#ifndef FILESONLY_BASE_QUOTE_H
#define FILESONLY_BASE_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Appends the bytes between double quotes: '"' and '\' get a backslash,
 * newline, tab and CR become \n, \t, \r, every other byte outside 0x20..0x7e
 * becomes \xHH. At most max bytes of output between the quotes; a longer
 * value ends in "..." behind the closing quote, so that a cut can't be
 * forged. Either the whole lands in buf or nothing does (buf->full).
 */
void quote_add(struct buf *buf, const void *bytes, size_t len, size_t max);

/*
 * The same as a JSON string: bytes outside 0x20..0x7e become \u00HH, so that
 * each character stands for the byte of its number. Returns false where it
 * was cut at max, and lands in buf all the same.
 */
bool quote_add_json(struct buf *buf, const void *bytes, size_t len, size_t max);

#endif
