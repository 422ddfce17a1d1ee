/* The loop that every small command shares: polls, moves bytes, minds limits.
 */
#include "subsys/reply.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/quote.h"
#include "limits/watch.h"
#include "session/live.h"
#include "session/session.h"

enum {
	LINE_ROOM = 4096 + 512, /* of a complaint */
	PATH_SHOWN = 4096,      /* of a path's escaped bytes in it */
	STATUS_CUT = 1,
};

/* The streams' flags are their open files', which others may share. */
static int
reply_unblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -1;
	return flags;
}

static void
reply_block_again(int fd, int flags)
{
	if (flags >= 0 && fcntl(fd, F_SETFL, flags) < 0)
		return;
}

void
reply_begin(struct reply *reply, struct job *job, const char *name)
{
	reply->job = job;
	reply->name = name;
	pace_init(&reply->pace, job->policy, &job->session->started_steady);
	reply->over = false;
	reply->out_flags = reply_unblock(job->out);
	reply->err_flags = reply_unblock(job->err);
	reply->len = 0;
}

/*
 * A limit, or who watches, ends the session: the key's name goes to the record.
 */
static bool
reply_within_limits(struct reply *reply, bool busy)
{
	const char *key = watch_ask(reply->job->watch);

	if (key == NULL)
		key = pace_is_spent(&reply->pace)
			  ? "max-session-bytes"
			  : pace_turn(&reply->pace, busy);
	if (key == NULL)
		return true;
	reply->job->reason = key;
	reply->over = true;
	return false;
}

/*
 * Waits until a stream is ready, or time alone changes something. A stream
 * whose other end is gone is ready, too: the call that follows tells.
 */
static void
reply_wait(struct reply *reply, int fd, short events, bool may_move)
{
	struct pollfd ready[] = {
		{ .fd = may_move ? fd : -1, .events = events },
		{ .fd = watch_fd(reply->job->watch), .events = POLLIN },
	};
	bool out = events == POLLOUT;

	if (poll(ready, 2, pace_wait(&reply->pace, !out, out)) < 0 &&
	    errno != EINTR)
		reply->over = true;
}

static void
reply_send(struct reply *reply, int fd, const unsigned char *bytes, size_t len)
{
	while (len > 0 && !reply->over && reply_within_limits(reply, false)) {
		size_t part = pace_allows(&reply->pace, PACE_OUT);
		ssize_t done = 0;

		if (part > len)
			part = len;
		if (part > 0)
			done = write(fd, bytes, part);
		if (done > 0) {
			pace_move(&reply->pace, PACE_OUT, (size_t)done);
			live_moved(reply->job->live, 0, (size_t)done);
			reply->job->sent += (uint64_t)done;
			bytes += done;
			len -= (size_t)done;
		} else if (part == 0 || errno == EAGAIN) {
			reply_wait(reply, fd, POLLOUT, part > 0);
		} else if (errno != EINTR) {
			reply->over = true;
		}
	}
}

static void
reply_send_waiting(struct reply *reply)
{
	reply_send(reply, reply->job->out, reply->bytes, reply->len);
	reply->len = 0;
}

void
reply_add(struct reply *reply, const void *bytes, size_t len)
{
	if (len > sizeof(reply->bytes) - reply->len)
		reply_send_waiting(reply);
	if (len > sizeof(reply->bytes)) {
		reply_send(reply, reply->job->out, bytes, len);
		return;
	}
	memcpy(reply->bytes + reply->len, bytes, len);
	reply->len += len;
}

void
reply_add_text(struct reply *reply, const char *text)
{
	reply_add(reply, text, strlen(text));
}

void
reply_complain(struct reply *reply, const char *what, const char *path,
    const char *words)
{
	not_zeroed char room[LINE_ROOM];
	struct buf line;

	/* In the order in which they came about. */
	reply_send_waiting(reply);
	buf_init(&line, room, sizeof(room));
	buf_addf(&line, "%s: ", reply->name);
	if (what != NULL)
		buf_addf(&line, "%s ", what);
	quote_add(&line, path, strlen(path), PATH_SHOWN);
	buf_addf(&line, ": %s\n", words);
	reply_send(reply, reply->job->err, line.bytes, line.len);
}

bool
reply_goes_on(struct reply *reply)
{
	struct pollfd out = { .fd = reply->job->out };

	if (reply->over || !reply_within_limits(reply, true))
		return false;
	if (poll(&out, 1, 0) > 0 && out.revents != 0)
		reply->over = true;
	return !reply->over;
}

ssize_t
reply_read(struct reply *reply, void *bytes, size_t size)
{
	while (!reply->over && reply_within_limits(reply, false)) {
		size_t part = pace_allows(&reply->pace, PACE_IN);
		struct pollfd ready = { .fd = reply->job->in,
			.events = POLLIN };
		ssize_t got;

		if (part == 0 || poll(&ready, 1, 0) == 0) {
			reply_wait(reply, reply->job->in, POLLIN, part > 0);
			continue;
		}
		got = read(reply->job->in, bytes, size < part ? size : part);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got > 0) {
			pace_move(&reply->pace, PACE_IN, (size_t)got);
			live_moved(reply->job->live, (size_t)got, 0);
			reply->job->received += (uint64_t)got;
		}
		return got;
	}
	return 0;
}

int
reply_end(struct reply *reply, int status)
{
	struct job *job = reply->job;

	reply_send_waiting(reply);
	reply_block_again(job->err, reply->err_flags);
	reply_block_again(job->out, reply->out_flags);
	if (job->reason != NULL)
		job_tell_end(job, pace_text(job->reason));
	return reply->over ? STATUS_CUT : status;
}
