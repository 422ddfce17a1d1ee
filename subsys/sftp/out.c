/* The queue of replies, and the only code that writes the wire. */
#include "subsys/sftp/out.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

enum {
	HEAD = 4 + 1 + 4, /* length, type, id */
	FIRST_SIZE = OUT_FLUSH + PACKET_MAX / 2,
};

void
out_init(struct out *out)
{
	*out = (struct out){ .size = FIRST_SIZE };
	out->bytes = xrealloc(NULL, out->size, 1);
}

void
out_free(struct out *out)
{
	auto_free_memory(&out->bytes);
}

size_t
out_waiting(const struct out *out)
{
	return out->len - out->from;
}

int
out_write(struct out *out, int fd, size_t max)
{
	while (out_waiting(out) > 0 && max > 0) {
		size_t len = out_waiting(out) < max ? out_waiting(out) : max;
		ssize_t written = write(fd, out->bytes + out->from, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno == EAGAIN ? 0 : -1;
		out->from += (size_t)written;
		out->sent += (size_t)written;
		max -= (size_t)written;
	}
	if (out_waiting(out) == 0)
		out->from = out->len = 0;
	return 0;
}

/* Room for size bytes at the end; what was written makes way first. */
static void
make_room(struct out *out, size_t size)
{
	if (out->size - out->len >= size)
		return;
	memmove(out->bytes, out->bytes + out->from, out_waiting(out));
	out->len -= out->from;
	out->from = 0;
	while (out->size - out->len < size) {
		out->size *= 2;
		out->bytes = xrealloc(out->bytes, out->size, 1);
	}
}

struct buf
out_begin(struct out *out, enum packet type, uint32_t id, size_t room)
{
	struct buf packet;

	make_room(out, room + HEAD);
	buf_init(&packet, out->bytes + out->len, room + HEAD);
	buf_add_u32(&packet, 0);
	buf_add_u8(&packet, (uint8_t)type);
	buf_add_u32(&packet, id);
	return packet;
}

void
out_end(struct out *out, const struct buf *packet)
{
	struct buf head;

	buf_init(&head, packet->bytes, 4);
	buf_add_u32(&head, (uint32_t)(packet->len - 4));
	out->len += packet->len;
}

void
out_status(struct out *out, uint32_t id, enum status status, int error,
    const char *words)
{
	struct buf packet = out_begin(out, PACKET_STATUS, id, 256);
	char room[160];
	struct buf text;

	buf_init(&text, room, sizeof(room));
	if (words != NULL)
		buf_add_text(&text, words);
	else
		status_text(status, error, &text);
	buf_add_u32(&packet, status);
	if (out->wordless) {
		out_end(out, &packet);
		return;
	}
	buf_add_string(&packet, text.bytes, text.len);
	buf_add_string(&packet, "", 0); /* language tag */
	out_end(out, &packet);
}

void
out_handle(struct out *out, uint32_t id, const unsigned char *name, size_t len)
{
	struct buf packet = out_begin(out, PACKET_HANDLE, id, 4 + len);

	buf_add_string(&packet, name, len);
	out_end(out, &packet);
}

void
out_add_attrs(struct buf *packet, const struct stat *st)
{
	buf_add_u32(packet,
	    ATTR_SIZE | ATTR_UIDGID | ATTR_PERMISSIONS | ATTR_ACMODTIME);
	buf_add_u64(packet, (uint64_t)st->st_size);
	buf_add_u32(packet, st->st_uid);
	buf_add_u32(packet, st->st_gid);
	buf_add_u32(packet, st->st_mode);
	buf_add_u32(packet, (uint32_t)st->st_atime);
	buf_add_u32(packet, (uint32_t)st->st_mtime);
}

void
out_attrs(struct out *out, uint32_t id, const struct stat *st)
{
	struct buf packet = out_begin(out, PACKET_ATTRS, id, 32);

	out_add_attrs(&packet, st);
	out_end(out, &packet);
}

void
out_name(struct out *out, uint32_t id, const char *name, size_t len)
{
	struct buf packet = out_begin(out, PACKET_NAME, id, 16 + 2 * len);

	buf_add_u32(&packet, 1);
	buf_add_string(&packet, name, len);
	buf_add_string(&packet, name, len);
	buf_add_u32(&packet, 0); /* no attributes */
	out_end(out, &packet);
}
