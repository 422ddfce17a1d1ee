/* A bounded append buffer; the memory is the caller's, nothing is allocated. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
buf_init(struct buf *buf, void *memory, size_t size)
{
	*buf = (struct buf){ .bytes = memory, .size = size };
}

void
buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_addf(struct buf *buf, const char *format, ...)
{
	size_t room = buf->size - buf->len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf((char *)buf->bytes + buf->len, room, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= room) {
		buf->full = true;
		return;
	}
	buf->len += (size_t)len;
}

void
buf_add_number(struct buf *buf, uint64_t number, size_t width)
{
	char text[24];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	while (at > 0 && sizeof(text) - at < width)
		text[--at] = ' ';
	buf_add(buf, text + at, sizeof(text) - at);
}

void
buf_add_hex(struct buf *buf, const unsigned char *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		buf_add(buf, &digits[bytes[i] >> 4], 1);
		buf_add(buf, &digits[bytes[i] & 15], 1);
	}
}

void
buf_add_string(struct buf *buf, const void *bytes, size_t len)
{
	if (len > UINT32_MAX || buf->size - buf->len < 4 ||
	    len > buf->size - buf->len - 4) {
		buf->full = true;
		return;
	}
	buf_add_u32(buf, (uint32_t)len);
	buf_add(buf, bytes, len);
}

const char *
buf_text(struct buf *buf)
{
	size_t end = buf->len < buf->size ? buf->len : buf->size - 1;

	buf->bytes[end] = '\0';
	return (const char *)buf->bytes;
}
