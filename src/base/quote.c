/* Escaping for logs and messages: what a peer sent can't forge or break it. */
#include "base/quote.h"

#include <stdio.h>
#include <string.h>

/* Writes the escape of one byte, 1 to 4 characters; returns how many. */
static size_t
escape_byte(unsigned char byte, char out[4])
{
	static const char hex[] = "0123456789abcdef";
	const char *named;

	if (byte == '"' || byte == '\\') {
		out[0] = '\\';
		out[1] = (char)byte;
		return 2;
	}
	named = byte == '\n'   ? "\\n"
		: byte == '\t' ? "\\t"
		: byte == '\r' ? "\\r"
			       : NULL;
	if (named != NULL) {
		memcpy(out, named, 2);
		return 2;
	}
	if (byte >= 0x20 && byte <= 0x7e) {
		out[0] = (char)byte;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[byte >> 4];
	out[3] = hex[byte & 15];
	return 4;
}

/* How many bytes stand for themselves, of at most max. */
static size_t
plain_bytes(const unsigned char *from, size_t len, size_t max)
{
	size_t i = 0;

	while (i < len && i < max && from[i] >= 0x20 && from[i] <= 0x7e &&
	       from[i] != '"' && from[i] != '\\')
		i++;
	return i;
}

void
quote_add(struct buf *buf, const void *bytes, size_t len, size_t max)
{
	const unsigned char *from = bytes;
	struct buf start = *buf;
	size_t used = 0;
	char escape[4];

	buf_add(buf, "\"", 1);
	for (size_t i = 0; i < len; i++) {
		size_t plain = plain_bytes(from + i, len - i, max - used);
		size_t step;

		buf_add(buf, from + i, plain);
		used += plain;
		i += plain;
		if (i == len)
			break;
		step = escape_byte(from[i], escape);
		if (step > max - used) {
			buf_add(buf, "\"...", 4);
			goto out;
		}
		buf_add(buf, escape, step);
		used += step;
	}
	buf_add(buf, "\"", 1);
out:
	if (buf->full) {
		buf->len = start.len;
	}
}

bool
quote_add_json(struct buf *buf, const void *bytes, size_t len, size_t max)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *from = bytes;
	size_t before = buf->len, used = 0, i = 0;

	buf_add(buf, "\"", 1);
	while (i < len) {
		char escape[6] = { '\\', 'u', '0', '0' };
		size_t plain = plain_bytes(from + i, len - i, max - used);
		size_t size = 2;

		buf_add(buf, from + i, plain);
		used += plain;
		i += plain;
		if (i == len)
			break;
		if (from[i] == '"' || from[i] == '\\') {
			escape[1] = (char)from[i];
		} else {
			escape[4] = hex[from[i] >> 4];
			escape[5] = hex[from[i] & 15];
			size = 6;
		}
		if (size > max - used)
			break;
		buf_add(buf, escape, size);
		used += size;
		i++;
	}
	buf_add(buf, "\"", 1);
	if (buf->full)
		buf->len = before;
	return i == len;
}
