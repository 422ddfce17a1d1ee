/*
 * A stream is waited for at one end at a time: for something to read, then,
 * where that finds no room, for room. So a side that is slow never makes the
 * loop turn for nothing. No byte is looked at, none is copied by us.
 */
#include "program/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PIPE_BYTES = 256 << 10, AT_ONCE = 1 << 20 };

/* Work takes more than this, waiting less: it wakes for a keepalive alone. */
#define WORK_LEAST INT64_C(10000000)

static void
stream_end(struct stream *stream)
{
	auto_close_fd(&stream->from);
	auto_close_fd(&stream->to);
}

/* A pipe of which the program gets one end; sizes are the kernel's to give. */
static int
relay_pipe(int *ours, int *theirs, bool we_read)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	*ours = ends[we_read ? 0 : 1];
	*theirs = ends[we_read ? 1 : 0];
	(void)!fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES);
	return 0;
}

int
relay_open(struct relay *relay, struct pace *pace)
{
	struct stream *in = &relay->streams[PACE_IN];
	struct stream *out = &relay->streams[PACE_OUT];

	*relay = (struct relay)RELAY_NONE;
	relay->pace = pace;
	if (pace == NULL)
		return 0;
	in->from = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	out->to = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (in->from < 0 || out->to < 0)
		return -1;
	if (relay_pipe(&in->to, &relay->program[0], false) != 0)
		return -1;
	return relay_pipe(&out->from, &relay->program[1], true);
}

void
relay_begin(struct relay *relay)
{
	auto_close_fd(&relay->program[0]);
	auto_close_fd(&relay->program[1]);
}

void
relay_follow(struct relay *relay, pid_t worker, size_t keepalive)
{
	relay->keepalive = keepalive;
	if (clock_getcpuclockid(worker, &relay->clock) == 0)
		relay->worker = worker;
}

/* Nanoseconds of processor time; 0 where they can't be known. */
static int64_t
relay_worked(const struct relay *relay)
{
	struct timespec time = { 0, 0 };

	if (relay->worker == 0 || relay->pace->idle == 0 ||
	    clock_gettime(relay->clock, &time) != 0)
		return 0;
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* Does the client wait for the program, and take all that this says? */
static bool
relay_client_waits(const struct relay *relay)
{
	struct pollfd errors = { .fd = STDERR_FILENO, .events = POLLOUT };

	return relay->streams[PACE_IN].full && !relay->streams[PACE_OUT].full &&
	       poll(&errors, 1, 0) > 0;
}

/* No byte has moved for idle-timeout: has the program worked meanwhile? */
static bool
relay_is_busy(struct relay *relay)
{
	int64_t worked = relay_worked(relay), before = relay->worked;

	relay->worked = worked;
	return worked - before >= WORK_LEAST || relay_client_waits(relay);
}

void
relay_cut(struct relay *relay)
{
	for (int way = 0; way < PACE_DIRECTIONS; way++)
		stream_end(&relay->streams[way]);
}

void
relay_close(struct relay *relay)
{
	relay_begin(relay);
	relay_cut(relay);
}

bool
relay_is_done(const struct relay *relay)
{
	return relay->pace == NULL || relay->streams[PACE_OUT].from < 0;
}

/* What is spent is watched: more bytes are what hits the limit. */
static bool
relay_holds(const struct relay *relay, int way)
{
	return !pace_is_spent(relay->pace) &&
	       pace_allows(relay->pace, (enum direction)way) == 0;
}

void
relay_watch(const struct relay *relay, struct pollfd *ready)
{
	for (int way = 0; way < PACE_DIRECTIONS; way++) {
		const struct stream *stream = &relay->streams[way];

		ready[way] = (struct pollfd){
			.fd = stream->full ? stream->to : stream->from,
			.events = stream->full ? POLLOUT : POLLIN,
		};
		if (relay->pace == NULL || relay_holds(relay, way))
			ready[way].fd = -1;
	}
}

int
relay_wait(const struct relay *relay)
{
	return relay->pace == NULL
		   ? -1
		   : pace_wait(relay->pace, relay->streams[PACE_IN].from >= 0,
			 relay->streams[PACE_OUT].from >= 0);
}

static void
relay_count(struct relay *relay, int way, size_t len)
{
	struct pace *pace = relay->pace;

	if (way == PACE_OUT && len == relay->keepalive) {
		pace_count(pace, PACE_OUT, len);
		return;
	}
	pace_move(pace, (enum direction)way, len);
	relay->worked = relay_worked(relay);
}

static void
relay_move(struct relay *relay, int way)
{
	struct stream *stream = &relay->streams[way];
	size_t allowed = pace_allows(relay->pace, (enum direction)way);
	ssize_t moved;

	if (allowed == 0)
		return;
	moved = splice(stream->from, NULL, stream->to, NULL,
	    allowed < AT_ONCE ? allowed : AT_ONCE,
	    SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (moved > 0) {
		stream->moved += (uint64_t)moved;
		stream->full = false;
		relay_count(relay, way, (size_t)moved);
	} else if (moved < 0 && errno == EAGAIN) {
		/* Readable and yet nothing: no room. Room and yet nothing:
		 * all is read. */
		stream->full = !stream->full;
	} else if (moved == 0 || errno != EINTR) {
		stream_end(stream);
	}
}

const char *
relay_turn(struct relay *relay, const struct pollfd *ready)
{
	const char *hit;

	if (relay->pace == NULL)
		return NULL;
	hit = pace_turn(relay->pace, false);
	if (hit != NULL && strcmp(hit, "idle-timeout") == 0 &&
	    relay_is_busy(relay))
		hit = pace_turn(relay->pace, true);
	for (int way = 0; hit == NULL && way < PACE_DIRECTIONS; way++) {
		if (ready[way].fd < 0 || ready[way].revents == 0)
			continue;
		if (pace_is_spent(relay->pace) &&
		    (ready[way].revents & (POLLIN | POLLOUT)) != 0)
			hit = "max-session-bytes";
		else if (pace_is_spent(relay->pace))
			stream_end(&relay->streams[way]);
		else
			relay_move(relay, way);
	}
	if (hit != NULL)
		relay_cut(relay);
	return hit;
}
