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
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "limits/kick_signal.h"
#include "limits/watch.h"
#include "record/record.h"
#include "session/live.h"
#include "subsys/sftp/uploads.h"

enum {
	IN_SIZE = 4 + PACKET_MAX + 1024,
	BULK = 256 << 10,     /* bytes that make a session one of transfers */
	PIPE_SIZE = 1 << 20,  /* the default is 64 KiB */
	LAST_PAUSE_MS = 1000, /* that a client may make at its end */
	LAST_WORDS_MS = 5 * 1000,  /* for its last request, and the answer */
	LAST_BYTES_MS = 60 * 1000, /* for replies that it has paid for */
	STATUS_ENDED = 1, /* the client broke the protocol, or a limit hit */
};

struct in {
	unsigned char *bytes; /* IN_SIZE, owned */
	size_t from, len;     /* what is there: from .. len */
	uint64_t received;
	bool blocks; /* a read may wait: no flag of the file's is in the way */
	bool enlarged; /* the pipes, see enlarge_pipes */
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
	struct record_line line;

	record_begin(&line, sftp->job->record, "protocol");
	record_bytes(&line, "because", why, strlen(why));
	record_end(&line);
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
	if (!dispatch_serve(sftp, at + 4, len)) {
		break_off(sftp, in, "a request that can't be answered");
		return false;
	}
	in->from += 4 + (size_t)len;
	return true;
}

/*
 * Sends as much as the client takes and the bandwidth allows. The record gets
 * its lines before the client hears what they tell.
 */
static int
send_replies(struct sftp *sftp)
{
	uint64_t before = sftp->out.sent;
	int result;

	record_flush(sftp->job->record);
	result = out_write(&sftp->out, sftp->job->out,
	    pace_allows(&sftp->pace, PACE_OUT));
	pace_move(&sftp->pace, PACE_OUT, (size_t)(sftp->out.sent - before));
	live_moved(sftp->job->live, 0, (size_t)(sftp->out.sent - before));
	return result;
}

/*
 * Requests take less memory than replies, so requests wait when replies do,
 * unless the client sends on without reading.
 */
static bool
may_serve(const struct sftp *sftp, const struct in *in)
{
	bool pressed = in->len - in->from > IN_SIZE / 2;

	return out_waiting(&sftp->out) <
	       (size_t)(pressed ? OUT_FULL : OUT_FLUSH);
}

/*
 * All complete requests, as long as the client takes the replies. Returns -1
 * where it is gone.
 */
static int
serve_all(struct sftp *sftp, struct in *in)
{
	bool more = true;

	/* Sending replies makes room: then the rest is served. */
	while (more && may_serve(sftp, in)) {
		while (may_serve(sftp, in) && (more = serve_next(sftp, in))) {
			if (out_is_due(&sftp->out) && send_replies(sftp) != 0)
				return -1;
		}
		/* The directory is kept open for one batch only (root/cache.h).
		 */
		root_cache_drop(&sftp->cache);
		if (send_replies(sftp) != 0)
			return -1;
	}
	return 0;
}

/*
 * Larger pipes halve the number of turns; sockets stay as they are. Only
 * for a session that moves much: an account has 64 MiB of them before its next
 * pipes become tiny (pipe(7), pipe-user-pages-soft).
 */
static void
enlarge_pipes(const struct sftp *sftp, struct in *in)
{
	if (in->enlarged || in->received + sftp->out.sent < BULK)
		return;
	fcntl(sftp->job->in, F_SETPIPE_SZ, PIPE_SIZE);
	fcntl(sftp->job->out, F_SETPIPE_SZ, PIPE_SIZE);
	in->enlarged = true;
}

/* Returns -1 where the stream fails; its end is in->ended. */
static int
read_requests(struct sftp *sftp, struct in *in, size_t room)
{
	ssize_t got;

	if (in->from > 0) {
		memmove(in->bytes, in->bytes + in->from, in->len - in->from);
		in->len -= in->from;
		in->from = 0;
	}
	if (room > IN_SIZE - in->len)
		room = IN_SIZE - in->len;
	got = read(sftp->job->in, in->bytes + in->len, room);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	in->ended = got == 0;
	in->len += (size_t)got;
	in->received += (uint64_t)got;
	pace_move(&sftp->pace, PACE_IN, (size_t)got);
	live_moved(sftp->job->live, (size_t)got, 0);
	enlarge_pipes(sftp, in);
	return 0;
}

/* Waits until something can be done; background tasks go on meanwhile. */
static int
wait_for(struct sftp *sftp, const struct in *in, bool *readable)
{
	const struct pace *pace = &sftp->pace;
	bool hungry = !in->ended && in->len - in->from < IN_SIZE;
	bool waiting = out_waiting(&sftp->out) > 0;
	struct pollfd ready[] = {
		{ .fd = hungry && pace_allows(pace, PACE_IN) > 0 ? sftp->job->in
								 : -1,
		    .events = POLLIN },
		{ .fd = sftp->job->out,
		    .events = waiting && pace_allows(pace, PACE_OUT) > 0
				  ? POLLOUT
				  : 0 },
		{ .fd = watch_fd(sftp->job->watch), .events = POLLIN },
	};
	/* A client that only shut down its side still waits for replies. */
	int gone = POLLERR | POLLNVAL | (in->ended ? POLLHUP : 0);
	int wait = clock_sooner(pace_wait(pace, hungry, waiting),
	    uploads_keep(sftp, clock_ms()));
	int count = poll(ready, 3, sftp->background.active > 0 ? 0 : wait);

	*readable = false;
	if (count < 0)
		return errno == EINTR ? 0 : -1;
	if (ready[2].revents != 0)
		sftp->job->reason = watch_heard(sftp->job->watch);
	*readable = ready[0].revents != 0;
	if ((ready[1].revents & POLLOUT) != 0)
		return send_replies(sftp);
	return (ready[1].revents & gone) != 0 ? -1 : 0;
}

/* With nothing to do but to read, a blocking read takes the place of poll. */
static bool
may_read(const struct sftp *sftp, const struct in *in)
{
	return in->blocks && !in->ended && !sftp->pace.limited &&
	       watch_fd(sftp->job->watch) < 0 && sftp->background.active == 0 &&
	       !uploads_have_names(sftp) && out_waiting(&sftp->out) == 0;
}

/* A limit, who watches, or an administrator ends the session: the word for that
 * goes to the record. */
static bool
may_go_on(struct sftp *sftp)
{
	if (sftp->job->reason == NULL)
		sftp->job->reason = kick_heard();
	if (sftp->job->reason != NULL)
		return false;
	sftp->job->reason =
	    pace_is_spent(&sftp->pace)
		? "max-session-bytes"
		: pace_turn(&sftp->pace, sftp->background.active > 0);
	return sftp->job->reason == NULL;
}

/*
 * A request that reads a file whole is work, but the session ends by its limits
 * all the same, and with its client: the loop finds out by which, in a moment.
 */
static bool
serve_may_read_on(void *context)
{
	struct sftp *sftp = context;
	struct pollfd ready[] = {
		{ .fd = sftp->job->in, .events = 0 },
		{ .fd = watch_fd(sftp->job->watch), .events = POLLIN },
	};

	return kick_heard() == NULL && pace_turn(&sftp->pace, true) == NULL &&
	       poll(ready, 2, 0) <= 0;
}

static int
serve_loop(struct sftp *sftp, struct in *in)
{
	while (may_go_on(sftp)) {
		bool readable = true;

		if (in->broken || (in->ended && sftp->background.active == 0 &&
				      out_waiting(&sftp->out) == 0))
			return 0;
		if (!may_read(sftp, in) && wait_for(sftp, in, &readable) != 0)
			return -1;
		if (readable && read_requests(sftp, in,
				    pace_allows(&sftp->pace, PACE_IN)) != 0)
			return -1;
		if (sftp->background.active > 0)
			background_step(sftp);
		if (serve_all(sftp, in) != 0)
			return -1;
	}
	return 0;
}

/* Refuses every complete request that is there. Returns how many. */
static unsigned
refuse_all(struct sftp *sftp, struct in *in, const char *words)
{
	unsigned refused = 0;

	while (in->len - in->from >= 4) {
		const unsigned char *at = in->bytes + in->from;
		uint32_t len = length_at(at);

		if (len < 5 || len > PACKET_MAX || in->len - in->from - 4 < len)
			break;
		out_status(&sftp->out, length_at(at + 5), STATUS_FAILURE, 0,
		    words);
		in->from += 4 + (size_t)len;
		refused++;
	}
	return refused;
}

/* Is the stream ready before the client has paused too long, or all is over? */
static bool
serve_await(int fd, short events, uint64_t deadline)
{
	struct pollfd ready = { .fd = fd, .events = events };
	uint64_t now = clock_ms();
	uint64_t left = now < deadline ? deadline - now : 0;

	return left > 0 &&
	       poll(&ready, 1,
		   (int)(left < LAST_PAUSE_MS ? left : LAST_PAUSE_MS)) > 0;
}

/* Sends the replies that were given before the limit was met. */
static void
drain_replies(struct sftp *sftp, uint64_t deadline)
{
	while (out_waiting(&sftp->out) > 0) {
		if (!serve_await(sftp->job->out, POLLOUT, deadline) ||
		    out_write(&sftp->out, sftp->job->out, SIZE_MAX) != 0)
			return;
	}
}

/*
 * A limit has ended the session: the request that is under way, or comes
 * within a second, hears why. An SSH server shows a subsystem's stderr to
 * nobody. Nothing can be said in the middle of another reply. A client that
 * sends or reads byte by byte may not keep the session by that.
 */
static void
tell_client_limit(struct sftp *sftp, struct in *in)
{
	uint64_t deadline;
	char room[128];
	struct buf words;

	buf_init(&words, room, sizeof(room));
	buf_addf(&words, "Failure: %s (%s)", pace_text(sftp->job->reason),
	    sftp->job->reason);
	if (pace_is_spent(&sftp->pace))
		drain_replies(sftp, clock_ms() + LAST_BYTES_MS);
	deadline = clock_ms() + LAST_WORDS_MS;
	while (out_waiting(&sftp->out) == 0 && !in->ended) {
		if (refuse_all(sftp, in, buf_text(&words)) > 0) {
			drain_replies(sftp, deadline);
			return;
		}
		if (!serve_await(sftp->job->in, POLLIN, deadline) ||
		    read_requests(sftp, in, IN_SIZE) != 0)
			return;
	}
}

/*
 * A write must never wait, a read may: in and out are two pipes, or one and
 * the same socket, whose flag they share then. Returns out's flags, or -1.
 */
static int
prepare_streams(struct sftp *sftp, struct in *in)
{
	const struct job *job = sftp->job;
	int flags = fcntl(job->out, F_GETFL);
	int in_flags;
	struct stat st;

	if (flags >= 0 && fcntl(job->out, F_SETFL, flags | O_NONBLOCK) < 0)
		flags = -1;
	in_flags = fcntl(job->in, F_GETFL);
	in->blocks = in_flags >= 0 && (in_flags & O_NONBLOCK) == 0;
	if (fstat(job->out, &st) == 0)
		out_connect(&sftp->out, st.st_mode);
	return flags;
}

static void
restore_flags(int fd, int flags)
{
	if (flags >= 0 && fcntl(fd, F_SETFL, flags) < 0)
		return;
}

int
sftp_serve(struct sftp *sftp)
{
	struct in in = { .bytes = xrealloc(NULL, IN_SIZE, 1) };
	int flags = prepare_streams(sftp, &in);
	int result;

	record_gather(sftp->job->record);
	sftp->job->root->may_read_on = serve_may_read_on;
	sftp->job->root->context = sftp;
	result = serve_loop(sftp, &in);
	/* Most sessions end because the client is gone: that is no failure. */
	if (result == 0 && send_replies(sftp) != 0)
		result = -1;
	if (sftp->job->reason != NULL) {
		tell_client_limit(sftp, &in);
		job_tell_end(sftp->job, pace_text(sftp->job->reason));
	}
	restore_flags(sftp->job->out, flags);
	free(in.bytes);
	sftp->job->received = in.received;
	sftp->job->sent = sftp->out.sent;
	return in.broken || sftp->job->reason != NULL ? STATUS_ENDED : 0;
}
