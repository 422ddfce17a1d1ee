/* The queue of replies, and the only code that writes the wire. */
#include "subsys/sftp/out.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

enum {
	HEAD = 4 + 1 + 4, /* length, type, id */
	FIRST_SIZE = OUT_FLUSH + PACKET_MAX / 2,
	/* From here on copies cost more than three calls, which a socket makes
	 * dearer than a pipe. */
	PIPE_MIN = 16 << 10,
	SOCKET_MIN = 128 << 10,
	PIPE_BYTES = 512 << 10, /* READ_MAX, which may lie across 65 pages */
};

void
out_init(struct out *out)
{
	*out = (struct out){ .size = FIRST_SIZE,
		.pages_min = SIZE_MAX,
		.pipe = { -1, -1 } };
	out->bytes = xrealloc(NULL, out->size, 1);
}

void
out_free(struct out *out)
{
	auto_close_fd(&out->pipe[0]);
	auto_close_fd(&out->pipe[1]);
	auto_free_memory(&out->bytes);
}

void
out_connect(struct out *out, mode_t kind)
{
	if (S_ISFIFO(kind))
		out->pages_min = PIPE_MIN;
	else if (S_ISSOCK(kind))
		out->pages_min = SOCKET_MIN;
}

size_t
out_waiting(const struct out *out)
{
	return out->len - out->from + out->piped;
}

bool
out_is_due(const struct out *out)
{
	/* The pipe holds one reply: it must be empty before the next. */
	return out_waiting(out) >= OUT_FLUSH || out->piped > 0;
}

/* Writes the next bytes, or the pages that go before them. */
static ssize_t
write_some(struct out *out, int fd, size_t max)
{
	size_t len = (out->piped > 0 ? out->piped_at : out->len) - out->from;
	ssize_t written;

	if (len > 0) {
		written =
		    write(fd, out->bytes + out->from, len < max ? len : max);
		out->from += written > 0 ? (size_t)written : 0;
		return written;
	}
	written = splice(out->pipe[0], NULL, fd, NULL,
	    out->piped < max ? out->piped : max, SPLICE_F_NONBLOCK);
	out->piped -= written > 0 ? (size_t)written : 0;
	return written;
}

int
out_write(struct out *out, int fd, size_t max)
{
	while (out_waiting(out) > 0 && max > 0) {
		ssize_t written = write_some(out, fd, max);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno == EAGAIN ? 0 : -1;
		out->sent += (size_t)written;
		max -= (size_t)written;
	}
	if (out_waiting(out) == 0)
		out->from = out->len = 0;
	return 0;
}

/* Makes room for size bytes at the end: first in place of what was written. */
static void
out_make_room(struct out *out, size_t size)
{
	if (out->size - out->len >= size)
		return;
	memmove(out->bytes, out->bytes + out->from, out->len - out->from);
	out->len -= out->from;
	out->piped_at -= out->piped > 0 ? out->from : 0;
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

	out_make_room(out, room + HEAD);
	buf_init(&packet, out->bytes + out->len, room + HEAD);
	buf_add_u32(&packet, 0);
	buf_add_u8(&packet, (uint8_t)type);
	buf_add_u32(&packet, id);
	return packet;
}

/* elsewhere: the number of its bytes that lie in the pipe. */
static void
end_packet(struct out *out, const struct buf *packet, size_t elsewhere)
{
	struct buf head;

	buf_init(&head, packet->bytes, 4);
	buf_add_u32(&head, (uint32_t)(packet->len - 4 + elsewhere));
	out->len += packet->len;
}

void
out_end(struct out *out, const struct buf *packet)
{
	end_packet(out, packet, 0);
}

/* Makes the pipe. Where it can't hold a whole reply, no pages are sent. */
static bool
has_pipe(struct out *out)
{
	if (out->pipe[0] >= 0)
		return true;
	if (pipe2(out->pipe, O_CLOEXEC) == 0 &&
	    fcntl(out->pipe[1], F_SETPIPE_SZ, PIPE_BYTES) >= PIPE_BYTES)
		return true;
	auto_close_fd(&out->pipe[0]);
	auto_close_fd(&out->pipe[1]);
	out->pages_min = SIZE_MAX;
	return false;
}

ssize_t
out_pages(struct out *out, uint32_t id, int file, off_t offset, size_t len)
{
	struct buf packet;
	size_t got = 0;
	ssize_t more = 1;

	if (len < out->pages_min || out->piped > 0 || !has_pipe(out)) {
		errno = EINVAL;
		return -1;
	}
	while (got < len && more > 0) {
		more = splice(file, &offset, out->pipe[1], NULL, len - got,
		    SPLICE_F_NONBLOCK);
		got += more > 0 ? (size_t)more : 0;
	}
	if (got == 0)
		return more;
	/* The head tells the length, so it is made when the pipe is filled. */
	packet = out_begin(out, PACKET_DATA, id, 4);
	buf_add_u32(&packet, (uint32_t)got);
	end_packet(out, &packet, got);
	out->piped = got;
	out->piped_at = out->len;
	return (ssize_t)got;
}

void
out_status(struct out *out, uint32_t id, enum status status, int error,
    const char *words)
{
	char room[160];
	struct buf packet, text;

	buf_init(&text, room, sizeof(room));
	if (words == NULL) {
		status_text(status, error, &text);
		words = buf_text(&text);
	}
	packet = out_begin(out, PACKET_STATUS, id, 12 + strlen(words));
	buf_add_u32(&packet, status);
	if (out->wordless) {
		out_end(out, &packet);
		return;
	}
	buf_add_string(&packet, words, strlen(words));
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
