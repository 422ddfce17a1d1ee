/*
 * The client's side of the SFTP protocol for tests: requests are written by
 * the letters of the request table, replies are read back. It knows nothing
 * of the server's own decoder or queue.
 */
#ifndef FILESONLY_TESTS_UNIT_WIRE_H
#define FILESONLY_TESTS_UNIT_WIRE_H

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "subsys/sftp/decode.h"
#include "subsys/sftp/proto.h"

enum { WIRE_WAIT_MS = 30 * 1000, WIRE_MAX = 4 + PACKET_MAX + 4096 };

struct wire {
	int fd;      /* to read from */
	int to;      /* to write to: the same, or another */
	uint32_t id; /* of the last request */
	unsigned char room[WIRE_MAX];
	struct buf out; /* the request that is being built */
};

struct reply {
	unsigned type; /* 0: the server is gone */
	uint32_t id;
	uint32_t status; /* of a STATUS, else UINT32_MAX */
	size_t len;      /* of the body, behind the id */
	unsigned char body[PACKET_MAX + 1];
};

static inline void
wire_init(struct wire *wire, int fd)
{
	wire->fd = wire->to = fd;
	wire->id = 100;
	buf_init(&wire->out, wire->room, sizeof(wire->room));
}

/* Starts a packet; name is an extension's, or NULL. */
static inline void
wire_begin(struct wire *wire, unsigned type, const char *name)
{
	buf_init(&wire->out, wire->room, sizeof(wire->room));
	buf_add_u32(&wire->out, 0);
	buf_add_u8(&wire->out, (uint8_t)type);
	buf_add_u32(&wire->out, ++wire->id);
	if (name != NULL)
		buf_add_string(&wire->out, name, strlen(name));
}

static inline void
wire_add_attrs(struct wire *wire, const struct attrs *attrs)
{
	buf_add_u32(&wire->out, attrs->flags);
	if (attrs->flags & ATTR_SIZE)
		buf_add_u64(&wire->out, attrs->size);
	if (attrs->flags & ATTR_UIDGID) {
		buf_add_u32(&wire->out, attrs->uid);
		buf_add_u32(&wire->out, attrs->gid);
	}
	if (attrs->flags & ATTR_PERMISSIONS)
		buf_add_u32(&wire->out, attrs->permissions);
	if (attrs->flags & ATTR_ACMODTIME) {
		buf_add_u32(&wire->out, attrs->atime);
		buf_add_u32(&wire->out, attrs->mtime);
	}
	if (attrs->flags & ATTR_EXTENDED) {
		buf_add_u32(&wire->out, 1);
		buf_add_string(&wire->out, "name", 4);
		buf_add_string(&wire->out, "value", 5);
	}
}

/*
 * Adds fields by the letters of layout: C strings for p, t and s, a struct
 * slice pointer for h, uint32_t for u, uint64_t for o, int for b, a struct
 * attrs pointer for a.
 */
static inline void
wire_add_list(struct wire *wire, const char *layout, va_list args)
{
	for (; *layout != '\0'; layout++) {
		const struct slice *handle;
		const char *text;

		switch ((enum layout) * layout) {
		case LAYOUT_PATH:
		case LAYOUT_TEXT:
		case LAYOUT_STRING:
			text = va_arg(args, const char *);
			buf_add_string(&wire->out, text, strlen(text));
			break;
		case LAYOUT_HANDLE:
			handle = va_arg(args, const struct slice *);
			buf_add_string(&wire->out, handle->at, handle->len);
			break;
		case LAYOUT_U32:
			buf_add_u32(&wire->out, va_arg(args, uint32_t));
			break;
		case LAYOUT_U64:
			buf_add_u64(&wire->out, va_arg(args, uint64_t));
			break;
		case LAYOUT_BYTE:
			buf_add_u8(&wire->out, (uint8_t)va_arg(args, int));
			break;
		case LAYOUT_ATTRS:
			wire_add_attrs(wire,
			    va_arg(args, const struct attrs *));
			break;
		}
	}
}

/* Fills the length in, for len bytes behind it, or all where len is 0. */
static inline void
wire_end(struct wire *wire, size_t len)
{
	struct buf head;

	buf_init(&head, wire->room, 4);
	buf_add_u32(&head, (uint32_t)(len == 0 ? wire->out.len - 4 : len));
}

static inline bool
wire_write(const struct wire *wire, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	while (len > 0) {
		ssize_t written = write(wire->to, at, len);

		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0) {
			at += written;
			len -= (size_t)written;
		}
	}
	return true;
}

static inline bool
wire_read(const struct wire *wire, void *bytes, size_t len)
{
	struct pollfd ready = { .fd = wire->fd, .events = POLLIN };
	unsigned char *at = bytes;

	while (len > 0) {
		ssize_t got = poll(&ready, 1, WIRE_WAIT_MS) > 0
				  ? read(wire->fd, at, len)
				  : 0;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		len -= (size_t)got;
	}
	return true;
}

static inline uint32_t
wire_u32(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

static inline uint64_t
wire_u64(const unsigned char *at)
{
	return (uint64_t)wire_u32(at) << 32 | wire_u32(at + 4);
}

/* Reads one reply; type 0 where the server is gone or breaks the rules. */
static inline void
wire_reply(const struct wire *wire, struct reply *reply)
{
	unsigned char head[9];
	uint32_t len;

	reply->type = 0;
	reply->status = UINT32_MAX;
	reply->len = 0;
	if (!wire_read(wire, head, sizeof(head)))
		return;
	len = wire_u32(head);
	if (len < 5 || len > PACKET_MAX ||
	    !wire_read(wire, reply->body, len - 5))
		return;
	reply->len = len - 5;
	reply->body[reply->len] = '\0';
	reply->id = wire_u32(head + 5);
	reply->type = head[4];
	if (reply->type == PACKET_STATUS && reply->len >= 4)
		reply->status = wire_u32(reply->body);
}

/* Sends what was built. */
static inline bool
wire_send(struct wire *wire)
{
	wire_end(wire, 0);
	return !wire->out.full && wire_write(wire, wire->room, wire->out.len);
}

static inline bool
wire_send_init(struct wire *wire, uint32_t version)
{
	buf_init(&wire->out, wire->room, sizeof(wire->room));
	buf_add_u32(&wire->out, 5);
	buf_add_u8(&wire->out, PACKET_INIT);
	buf_add_u32(&wire->out, version);
	return wire_write(wire, wire->room, wire->out.len);
}

#endif
