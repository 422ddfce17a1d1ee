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
buf_add(struct buf *buf, const void *bytes, size_t len)
{
	if (len > buf->size - buf->len) {
		buf->full = true;
		return;
	}
	if (len > 0)
		memcpy(buf->bytes + buf->len, bytes, len);
	buf->len += len;
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
buf_add_u8(struct buf *buf, uint8_t value)
{
	buf_add(buf, &value, 1);
}

void
buf_add_u32(struct buf *buf, uint32_t value)
{
	const unsigned char bytes[4] = { (unsigned char)(value >> 24),
		(unsigned char)(value >> 16), (unsigned char)(value >> 8),
		(unsigned char)value };

	buf_add(buf, bytes, sizeof(bytes));
}

void
buf_add_u64(struct buf *buf, uint64_t value)
{
	buf_add_u32(buf, (uint32_t)(value >> 32));
	buf_add_u32(buf, (uint32_t)value);
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
