/*
 * Reads what is there, serves every complete request in it, writes the
 * replies. Never blocks in a write while input waits: a client that sends
 * 300,000 requests before it reads a reply is held back when OUT_FULL bytes
 * are waiting for it, and both directions go on as it takes them.
 */
#include "subsys/sftp/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "core/audit.h"

enum {
	IN_SIZE = 4 + PACKET_MAX + 1024,
	PIPE_SIZE = 1 << 20, /* the default is 64 KiB */
	STATUS_PROTOCOL = 1, /* the client broke the protocol */
};

struct in {
	unsigned char *bytes; /* IN_SIZE, owned */
	size_t from, len;     /* what is there: from .. len */
	uint64_t received;
	bool ended;
	bool broken; /* the protocol: nothing more can be understood */
};

static uint32_t
length_at(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

static void
break_off(struct sftp *sftp, struct in *in, const char *why)
{
	not_zeroed struct audit_line line;

	audit_begin(&line, sftp->job->audit, "protocol");
	audit_bytes(&line, "because", why, strlen(why));
	audit_end(&line);
	in->broken = true;
}

/* Serves one request. Returns false where none is complete. */
static bool
serve_next(struct sftp *sftp, struct in *in)
{
	const unsigned char *at = in->bytes + in->from;
	size_t have = in->len - in->from;
	uint32_t len;

	if (have < 4)
		return false;
	len = length_at(at);
	if (len == 0 || len > PACKET_MAX) {
		break_off(sftp, in, "the length of a packet is impossible");
		return false;
	}
	if (have - 4 < len)
		return false;
	if (!engine_serve(sftp, at + 4, len)) {
		break_off(sftp, in, "a request that can't be answered");
		return false;
	}
	in->from += 4 + (size_t)len;
	return true;
}

/*
 * All complete requests, as long as the client takes the replies. Returns -1
 * where it is gone.
 */
static int
serve_all(struct sftp *sftp, struct in *in)
{
	while (out_waiting(&sftp->out) < OUT_FULL && serve_next(sftp, in)) {
		if (out_waiting(&sftp->out) >= OUT_FLUSH &&
		    out_write(&sftp->out, sftp->job->out) != 0)
			return -1;
	}
	/* What was found out for this batch is worth nothing for the next. */
	rootcache_drop(&sftp->cache);
	return out_write(&sftp->out, sftp->job->out);
}

/* Returns -1 where the stream fails; its end is in->ended. */
static int
read_more(struct sftp *sftp, struct in *in)
{
	ssize_t got;

	if (in->from > 0) {
		memmove(in->bytes, in->bytes + in->from, in->len - in->from);
		in->len -= in->from;
		in->from = 0;
	}
	got = read(sftp->job->in, in->bytes + in->len, IN_SIZE - in->len);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	in->ended = got == 0;
	in->len += (size_t)got;
	in->received += (uint64_t)got;
	return 0;
}

/* Waits until something can be done; works go on meanwhile. */
static int
wait_for(struct sftp *sftp, const struct in *in, bool *readable)
{
	bool full = out_waiting(&sftp->out) >= OUT_FULL;
	struct pollfd ready[] = {
		{ .fd = full || in->ended ? -1 : sftp->job->in,
		    .events = POLLIN },
		{ .fd = sftp->job->out,
		    .events = out_waiting(&sftp->out) > 0 ? POLLOUT : 0 },
	};
	int count = poll(ready, 2, sftp->works.active > 0 ? 0 : -1);

	*readable = false;
	if (count < 0)
		return errno == EINTR ? 0 : -1;
	*readable = ready[0].revents != 0;
	if ((ready[1].revents & POLLOUT) != 0)
		return out_write(&sftp->out, sftp->job->out);
	return (ready[1].revents & (POLLERR | POLLNVAL)) != 0 ? -1 : 0;
}

static int
loop(struct sftp *sftp, struct in *in)
{
	for (;;) {
		bool readable;

		if (in->broken || (in->ended && sftp->works.active == 0 &&
				      out_waiting(&sftp->out) == 0))
			return 0;
		if (wait_for(sftp, in, &readable) != 0)
			return -1;
		if (readable && read_more(sftp, in) != 0)
			return -1;
		if (sftp->works.active > 0)
			work_step(&sftp->works, &sftp->out);
		if (serve_all(sftp, in) != 0)
			return -1;
	}
}

/* Larger pipes halve the number of turns; where they can't be had: as is. */
static int
prepare(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE) < 0 && flags < 0)
		return -1;
	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -1
								       : flags;
}

static void
restore(int fd, int flags)
{
	if (flags >= 0 && fcntl(fd, F_SETFL, flags) < 0)
		return;
}

int
serve(struct sftp *sftp)
{
	struct in in = { .bytes = xrealloc(NULL, IN_SIZE, 1) };
	int in_flags = prepare(sftp->job->in);
	int out_flags = prepare(sftp->job->out);
	int result = loop(sftp, &in);

	/* A client that is gone is the usual end; all is on its way else. */
	if (result == 0 && out_write(&sftp->out, sftp->job->out) != 0)
		result = -1;
	restore(sftp->job->out, out_flags);
	restore(sftp->job->in, in_flags);
	free(in.bytes);
	sftp->job->received = in.received;
	sftp->job->sent = sftp->out.sent;
	return in.broken ? STATUS_PROTOCOL : 0;
}
