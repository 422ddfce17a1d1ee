/*
 * One direction at a time, by calls that may wait; where there are limits of
 * time, or the session is watched, each call is made when poll(2) says that it
 * will not.
 */
#include "subsys/scp/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "limits/kick_signal.h"
#include "limits/watch.h"
#include "record/record.h"
#include "session/live.h"
#include "session/session.h"
#include "subsys/job.h"
#include "subsys/scp/control.h"

enum {
	IN_SIZE = 64 << 10,
	OUT_SIZE = 8 << 10,
	NAME_SHOWN = 1024, /* bytes of a name in an error line */
	BULK = 256 << 10,  /* bytes that make a session one of transfers */
	PIPE_SIZE = 1 << 20,
	LAST_WORDS_MS = 1000,
};

void
peer_open(struct peer *peer, struct job *job)
{
	*peer = (struct peer){ .job = job, .out_flags = -1 };
	pace_init(&peer->pace, job->policy, &job->session->started_steady);
	peer->in = xrealloc(NULL, IN_SIZE, 1);
	peer->room = xrealloc(NULL, OUT_SIZE, 1);
	buf_init(&peer->out, peer->room, OUT_SIZE);
	peer->polls = peer->pace.limited || watch_fd(job->watch) >= 0;
	if (peer->polls)
		peer->out_flags = fcntl(job->out, F_GETFL);
	if (peer->out_flags >= 0 &&
	    fcntl(job->out, F_SETFL, peer->out_flags | O_NONBLOCK) < 0)
		peer->out_flags = -1;
	record_gather(job->record);
}

void
peer_close(struct peer *peer)
{
	const struct job *job = peer->job;

	peer_flush(peer);
	record_flush(job->record);
	if (job->reason != NULL)
		job_tell_end(job, pace_text(job->reason));
	if (peer->out_flags >= 0 &&
	    fcntl(job->out, F_SETFL, peer->out_flags) < 0)
		peer->out_flags = -1;
	auto_free_memory(&peer->in);
	auto_free_memory(&peer->room);
}

void
peer_left(struct peer *peer)
{
	peer->gone = true;
}

/* Says what is in out, and waits for a second at most. */
static void
say_last_words(struct peer *peer)
{
	struct pollfd ready = { .fd = peer->job->out, .events = POLLOUT };
	ssize_t put;

	if (poll(&ready, 1, LAST_WORDS_MS) <= 0)
		return;
	put = write(peer->job->out, peer->out.bytes, peer->out.len);
	if (put > 0)
		peer->job->sent += (uint64_t)put;
}

/*
 * The session ends. The other end hears why on stderr, and as an error of the
 * protocol where one can stand: not in a file, nor behind a part of a line.
 */
static void
peer_limit(struct peer *peer, const char *limit)
{
	peer->job->reason = limit;
	if (!peer->midway && peer->out.len == 0) {
		peer_say(peer, "\2scp: %s (%s)\n", pace_text(limit), limit);
		say_last_words(peer);
	}
	peer->gone = true;
}

static size_t
wait_turn(struct peer *peer, enum direction way)
{
	const struct job *job = peer->job;

	while (!peer->gone) {
		const char *limit = pace_is_spent(&peer->pace)
					? "max-session-bytes"
					: pace_turn(&peer->pace, false);
		size_t allowed = pace_allows(&peer->pace, way);
		int fd = way == PACE_IN ? job->in : job->out;
		struct pollfd ready[] = {
			{ .fd = allowed > 0 ? fd : -1,
			    .events = way == PACE_IN ? POLLIN : POLLOUT },
			{ .fd = watch_fd(job->watch), .events = POLLIN },
		};
		int count;

		if (limit != NULL) {
			peer_limit(peer, limit);
			break;
		}
		count = poll(ready, 2,
		    pace_wait(&peer->pace, way == PACE_IN, way == PACE_OUT));
		if (count > 0 && ready[1].revents != 0)
			peer_limit(peer, watch_heard(job->watch));
		else if (count > 0)
			return allowed;
		if (count < 0 && errno != EINTR)
			peer_left(peer);
		else if (count < 0 && kick_heard() != NULL)
			peer_limit(peer, kick_heard());
	}
	return 0;
}

size_t
peer_may(struct peer *peer, enum direction way)
{
	if (!peer->gone && kick_heard() != NULL)
		peer_limit(peer, kick_heard());
	else if (peer->polls)
		return wait_turn(peer, way);
	return peer->gone ? 0 : SIZE_MAX;
}

/* A stream that another program made non-blocking is waited for, too. */
bool
peer_again(struct peer *peer, ssize_t result)
{
	if (result >= 0 || (errno != EINTR && errno != EAGAIN))
		return false;
	peer->polls = peer->polls || errno == EAGAIN;
	return true;
}

void
peer_moved(struct peer *peer, enum direction way, size_t len)
{
	struct job *job = peer->job;

	pace_move(&peer->pace, way, len);
	live_moved(job->live, way == PACE_IN ? len : 0,
	    way == PACE_OUT ? len : 0);
	*(way == PACE_IN ? &job->received : &job->sent) += len;
	if (peer->enlarged || job->received + job->sent < BULK)
		return;
	fcntl(job->in, F_SETPIPE_SZ, PIPE_SIZE);
	fcntl(job->out, F_SETPIPE_SZ, PIPE_SIZE);
	peer->enlarged = true;
}

/* The record gets its lines before the other end hears what they tell. */
bool
peer_flush(struct peer *peer)
{
	size_t from = 0;

	if (peer->out.len > 0 && !peer->gone)
		record_flush(peer->job->record);
	while (from < peer->out.len && !peer->gone) {
		size_t len = peer->out.len - from;
		size_t may = peer_may(peer, PACE_OUT);
		ssize_t put;

		if (may == 0)
			break;
		put = write(peer->job->out, peer->out.bytes + from,
		    len < may ? len : may);
		if (peer_again(peer, put))
			continue;
		if (put < 0) {
			peer_left(peer);
			break;
		}
		peer_moved(peer, PACE_OUT, (size_t)put);
		from += (size_t)put;
	}
	peer->out.len = 0;
	return !peer->gone;
}

bool
peer_fill(struct peer *peer)
{
	if (peer->from < peer->len)
		return true;
	if (!peer_flush(peer))
		return false;
	record_flush(peer->job->record);
	peer->from = peer->len = 0;
	for (;;) {
		size_t may = peer_may(peer, PACE_IN);
		ssize_t got;

		if (may == 0)
			return false;
		got = read(peer->job->in, peer->in,
		    may < IN_SIZE ? may : IN_SIZE);
		if (peer_again(peer, got))
			continue;
		if (got <= 0) {
			peer->ended = got == 0;
			peer_left(peer);
			return false;
		}
		peer_moved(peer, PACE_IN, (size_t)got);
		peer->len = (size_t)got;
		return true;
	}
}

bool
peer_byte(struct peer *peer, unsigned char *byte)
{
	if (peer->gone || !peer_fill(peer))
		return false;
	*byte = peer->in[peer->from++];
	return true;
}

ssize_t
peer_line(struct peer *peer, unsigned char first, char *line)
{
	unsigned char byte = first;
	size_t len = 0;

	while (byte != '\n') {
		if (len == CONTROL_MAX)
			return -1;
		line[len++] = (char)byte;
		if (!peer_byte(peer, &byte))
			return -1;
	}
	return (ssize_t)len;
}

void
peer_say(struct peer *peer, const char *format, ...)
{
	char line[CONTROL_MAX + 1];
	va_list args;
	int len;

	if (peer->gone)
		return;
	va_start(args, format);
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* A name has at most 255 bytes, an error's NAME_SHOWN. */
	if (len < 0 || len > CONTROL_MAX)
		abort();
	if (peer->out.size - peer->out.len < (size_t)len)
		peer_flush(peer);
	buf_add(&peer->out, line, (size_t)len);
}

void
peer_ok(struct peer *peer)
{
	if (peer->gone)
		return;
	if (peer->out.len == peer->out.size)
		peer_flush(peer);
	buf_add(&peer->out, "", 1);
}

/* As it is, where it can harm no terminal. */
static void
add_name(struct buf *out, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++) {
		if (len > NAME_SHOWN || name[i] < ' ' || name[i] > '~') {
			quote_add(out, name, len, NAME_SHOWN);
			return;
		}
	}
	buf_add(out, name, len);
}

void
peer_refuse(struct peer *peer, const char *name, const char *why)
{
	char room[NAME_SHOWN + 16];
	struct buf shown;

	buf_init(&shown, room, sizeof(room));
	add_name(&shown, name);
	peer->failed = true;
	peer_say(peer, "\1scp: %s: %s\n", buf_text(&shown), why);
}

void
peer_break(struct peer *peer, const char *why)
{
	struct record_line line;

	record_begin(&line, peer->job->record, "protocol");
	record_bytes(&line, "because", why, strlen(why));
	record_end(&line);
	peer->failed = true;
	peer_say(peer, "\1scp: protocol error: %s\n", why);
	peer_flush(peer);
	peer->gone = true;
}

/*
 * Any other first byte begins a line that is not of the protocol ("bash: no
 * such..."): that is the end, as of an error that says it is one.
 */
bool
peer_agrees(struct peer *peer)
{
	char line[CONTROL_MAX];
	unsigned char answer;

	if (!peer_byte(peer, &answer)) {
		peer->failed = true;
		return false;
	}
	if (answer == 0)
		return true;
	peer->failed = true;
	if (peer_line(peer, answer, line) < 0 || answer != CONTROL_ERROR)
		peer->gone = true;
	return false;
}

bool
peer_agrees_or_ends(struct peer *peer)
{
	if (!peer->gone && !peer_fill(peer) && peer->ended)
		return true;
	return peer_agrees(peer);
}

bool
peer_has(struct peer *peer, uint64_t bytes)
{
	if (!peer->pace.limited || pace_has(&peer->pace, bytes))
		return true;
	if (peer_flush(peer))
		peer_limit(peer, "max-session-bytes");
	return false;
}
