/*
 * Flow control both ways: the program is read only while the client takes
 * more, and the client's window grows only as the program takes its input.
 */
#include "serve/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "serve/transport.h"

enum {
	BACKLOG = 256 << 10,
	TO_PROGRAM = 0,
	FROM_OUT = 1,
	FROM_ERR = 2,
	ERRORS_AT_ONCE = 8 << 10,
};

/* exit-signal's names (RFC 4254, 6.10), without "SIG". */
static const struct {
	int number;
	const char *name;
} signal_names[] = {
	{ SIGABRT, "ABRT" },
	{ SIGALRM, "ALRM" },
	{ SIGFPE, "FPE" },
	{ SIGHUP, "HUP" },
	{ SIGILL, "ILL" },
	{ SIGINT, "INT" },
	{ SIGKILL, "KILL" },
	{ SIGPIPE, "PIPE" },
	{ SIGQUIT, "QUIT" },
	{ SIGSEGV, "SEGV" },
	{ SIGTERM, "TERM" },
	{ SIGUSR1, "USR1" },
	{ SIGUSR2, "USR2" },
};

static int
make_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int
stream_begin(struct stream *stream, unsigned channel, const int fds[3])
{
	*stream = (struct stream){ .used = true,
		.channel = channel,
		.in = fds[0],
		.out = fds[1],
		.err = fds[2] };
	for (int i = 0; i < 3; i++) {
		if (make_nonblocking(fds[i]) != 0)
			return -1;
	}
	return 0;
}

void
stream_end(struct stream *stream)
{
	/* Hand over the bytes that have arrived, if the pipe has room. */
	if (stream->is_fresh && stream->in >= 0 &&
	    write(stream->in, stream->backlog + stream->backlog_at,
		stream->backlog_len) < 0)
		stream->is_fresh = false;
	auto_close_fd(&stream->in);
	auto_close_fd(&stream->out);
	auto_close_fd(&stream->err);
	free(stream->backlog);
	free(stream->carry);
	*stream = (struct stream){ .in = -1, .out = -1, .err = -1 };
}

/* Writes to the program; one that is gone takes all, and nobody hears it. */
static size_t
write_input(struct stream *stream, const unsigned char *bytes, size_t len)
{
	ssize_t written;

	if (stream->in < 0)
		return len;
	do
		written = write(stream->in, bytes, len);
	while (written < 0 && errno == EINTR);
	if (written >= 0)
		return (size_t)written;
	if (errno == EAGAIN)
		return 0;
	auto_close_fd(&stream->in);
	return len;
}

size_t
stream_take(struct stream *stream, const void *bytes, size_t len)
{
	size_t end = stream->backlog_at + stream->backlog_len;

	/* A program that is gone takes all. */
	if (stream->in < 0) {
		stream->received += len;
		return len;
	}
	if (stream->backlog == NULL)
		stream->backlog = xcalloc(1, BACKLOG);
	if (stream->backlog_len == 0) {
		stream->is_fresh = true;
		stream->backlog_at = end = 0;
	}
	if (len > BACKLOG - end)
		len = BACKLOG - end;
	memcpy(stream->backlog + end, bytes, len);
	stream->backlog_len += len;
	stream->received += len;
	return len;
}

static void
end_input(struct stream *stream)
{
	if (stream->input_ended && stream->backlog_len == 0)
		auto_close_fd(&stream->in);
}

void
stream_input_ended(struct stream *stream)
{
	stream->input_ended = true;
	end_input(stream);
}

void
stream_exited(struct stream *stream, int status)
{
	stream->exited = true;
	stream->status = status;
}

/* May the program say something more? */
static bool
may_read(const struct stream *stream, const struct transport *transport)
{
	return stream->carry_len == 0 &&
	       transport_room(transport, stream->channel) > 0 &&
	       !transport_wants_to_write(transport);
}

void
stream_watch(const struct stream *stream, const struct transport *transport,
    struct pollfd *ready)
{
	bool reads = may_read(stream, transport);

	ready[TO_PROGRAM] =
	    (struct pollfd){ .fd = stream->backlog_len > 0 ? stream->in : -1,
		    .events = POLLOUT };
	ready[FROM_OUT] =
	    (struct pollfd){ .fd = reads ? stream->out : -1, .events = POLLIN };
	ready[FROM_ERR] =
	    (struct pollfd){ .fd = reads ? stream->err : -1, .events = POLLIN };
}

static void
flush_backlog(struct stream *stream, struct transport *transport)
{
	size_t taken = write_input(stream, stream->backlog + stream->backlog_at,
	    stream->backlog_len);

	stream->is_fresh = false;
	stream->backlog_at += taken;
	stream->backlog_len -= taken;
	if (stream->backlog_len == 0)
		transport_drain(transport, stream->channel);
	end_input(stream);
}

/* Sends what it can, keeps the rest. Returns false where the channel is gone.
 */
static bool
send_bytes(struct stream *stream, struct transport *transport,
    const unsigned char *bytes, size_t len, bool is_error)
{
	ssize_t sent =
	    transport_write(transport, stream->channel, bytes, len, is_error);

	if (sent < 0)
		return false;
	stream->sent += (uint64_t)sent;
	if ((size_t)sent == len)
		return true;
	stream->carry = xrealloc(stream->carry, len - (size_t)sent, 1);
	memcpy(stream->carry, bytes + sent, len - (size_t)sent);
	stream->carry_at = 0;
	stream->carry_len = len - (size_t)sent;
	stream->carry_is_error = is_error;
	return true;
}

static bool
flush_carry(struct stream *stream, struct transport *transport)
{
	ssize_t sent;

	if (stream->carry_len == 0)
		return true;
	if (transport_room(transport, stream->channel) == 0 ||
	    transport_wants_to_write(transport))
		return true;
	sent = transport_write(transport, stream->channel,
	    stream->carry + stream->carry_at, stream->carry_len,
	    stream->carry_is_error);
	if (sent < 0)
		return false;
	stream->sent += (uint64_t)sent;
	stream->carry_at += (size_t)sent;
	stream->carry_len -= (size_t)sent;
	return true;
}

/* Reads once from the program. Returns false where the channel is gone. */
static bool
forward(struct stream *stream, struct transport *transport, int *fd,
    bool is_error)
{
	static unsigned char room[TRANSPORT_BEST_READ];
	size_t most = transport_room(transport, stream->channel);
	ssize_t got;

	if (*fd < 0 || !may_read(stream, transport))
		return true;
	if (most > sizeof(room))
		most = sizeof(room);
	if (is_error && most > ERRORS_AT_ONCE)
		most = ERRORS_AT_ONCE;
	do
		got = read(*fd, room, most);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		return send_bytes(stream, transport, room, (size_t)got,
		    is_error);
	/* Once the program has ended, other holders of its pipe don't count. */
	if (got == 0 || errno != EAGAIN || stream->exited)
		auto_close_fd(fd);
	return true;
}

/*
 * The end of a channel: EOF, how the program ended, closed. All of it at once:
 * a client that has sent its own EOF answers ours by closing, and what came
 * behind that would find no channel.
 */
static bool
finish_channel(struct stream *stream, struct transport *transport)
{
	const char *name = NULL;

	if (stream->out >= 0 || stream->err >= 0 || stream->carry_len > 0)
		return true;
	if (!stream->exited)
		return true;
	transport_end_output(transport, stream->channel);
	if (WIFSIGNALED(stream->status)) {
		name = "KILL";
		for (size_t i = 0;
		     i < sizeof(signal_names) / sizeof(*signal_names); i++) {
			if (signal_names[i].number == WTERMSIG(stream->status))
				name = signal_names[i].name;
		}
	}
	transport_exit(transport, stream->channel, WEXITSTATUS(stream->status),
	    name);
	transport_close(transport, stream->channel);
	return false;
}

bool
stream_turn(struct stream *stream, struct transport *transport,
    const struct pollfd *ready)
{
	bool out_ready = ready[FROM_OUT].revents != 0;
	bool err_ready = ready[FROM_ERR].revents != 0;

	if (ready[TO_PROGRAM].revents != 0 || stream->is_fresh)
		flush_backlog(stream, transport);
	if (!flush_carry(stream, transport))
		return false;
	if ((err_ready || stream->exited) &&
	    !forward(stream, transport, &stream->err, true))
		return false;
	if ((out_ready || stream->exited) &&
	    !forward(stream, transport, &stream->out, false))
		return false;
	return finish_channel(stream, transport);
}
