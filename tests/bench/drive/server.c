/*
 * Replies are taken in the order of the requests, which both servers promise;
 * both directions move whenever they can, so that neither side waits for the
 * other longer than it must.
 */
#include "tests/bench/drive/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"

enum {
	READ_SIZE = 1 << 20,
	HEAD = 4 + 1 + 4, /* length, type, id */
	WAIT_MS = 60 * 1000,
};

void
die(const char *format, ...)
{
	va_list args;

	fputs("sftp-speed: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\n", stderr);
	exit(1);
}

static void
reserve(struct queue *queue, size_t more)
{
	if (queue->from == queue->len)
		queue->from = queue->len = 0;
	if (queue->size - queue->len >= more)
		return;
	memmove(queue->bytes, queue->bytes + queue->from,
	    queue->len - queue->from);
	queue->len -= queue->from;
	queue->from = 0;
	if (queue->size - queue->len >= more)
		return;
	queue->size = 2 * (queue->len + more);
	queue->bytes = xrealloc(queue->bytes, queue->size, 1);
}

static void
make_streams(bool pipes, int ours[2], int theirs[2])
{
	int down[2], up[2];

	if (!pipes) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, up) != 0)
			die("socketpair: %s", strerror(errno));
		ours[0] = ours[1] = up[0];
		theirs[0] = theirs[1] = up[1];
		return;
	}
	if (pipe2(down, O_CLOEXEC) != 0 || pipe2(up, O_CLOEXEC) != 0)
		die("pipe: %s", strerror(errno));
	ours[0] = down[0];
	theirs[1] = down[1];
	theirs[0] = up[0];
	ours[1] = up[1];
}

/* Not by fork: the server would pay for the end of our memory's copy. */
static pid_t
spawn(char *const argv[], const char *directory, const int streams[2])
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int error;

	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, streams[0],
		STDIN_FILENO) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, streams[1],
		STDOUT_FILENO) != 0 ||
	    posix_spawn_file_actions_addchdir_np(&actions, directory) != 0)
		die("a spawn can't be prepared");
	error = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	if (error != 0)
		die("%s: %s", argv[0], strerror(error));
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static void
greet(struct server *server)
{
	struct pending request;
	struct reply reply;
	struct buf init = request_begin(server, PACKET_INIT, 0, 0);

	/* INIT has its version where others have their id. */
	init.len -= 4;
	buf_add_u32(&init, PROTOCOL_VERSION);
	request_end(server, &init);
	server->pending[0].id = PROTOCOL_VERSION;
	server_wait(server, &request, &reply);
	expect(&request, &reply, PACKET_VERSION);
}

void
server_start(struct server *server, char *const argv[], const char *directory,
    bool pipes)
{
	int ours[2], theirs[2];

	memset(server, 0, sizeof(*server));
	make_streams(pipes, ours, theirs);
	server->pid = spawn(argv, directory, theirs);
	close(theirs[0]);
	if (theirs[1] != theirs[0])
		close(theirs[1]);
	server->from = ours[0];
	server->to = ours[1];
	if (fcntl(server->from, F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(server->to, F_SETFL, O_NONBLOCK) != 0)
		die("fcntl: %s", strerror(errno));
	greet(server);
}

/* wait4's figure counts what the process was before its exec. */
static long
peak_of(pid_t pid)
{
	char path[64], line[256];
	long kib = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	status = fopen(path, "re");
	while (status != NULL && fgets(line, sizeof(line), status) != NULL) {
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	}
	if (status != NULL)
		fclose(status);
	return kib;
}

static double
microseconds(struct timeval time)
{
	return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

struct cost
server_end(struct server *server)
{
	struct cost cost = { .peak_kib = peak_of(server->pid) };
	struct rusage usage;
	int status;

	if (server_waiting(server) != 0)
		die("%u requests without a reply", server_waiting(server));
	close(server->to);
	if (server->from != server->to)
		close(server->from);
	if (wait4(server->pid, &status, 0, &usage) != server->pid)
		die("wait4: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		die("a server ended with status %#x", (unsigned)status);
	cost.cpu = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
	free(server->out.bytes);
	free(server->in.bytes);
	return cost;
}

struct buf
request_begin(struct server *server, enum packet type, uint32_t unit,
    size_t room)
{
	struct buf request;

	if (server_waiting(server) == PENDING_MAX)
		die("too many requests at once");
	server->pending[server->sent % PENDING_MAX] =
	    (struct pending){ type, server->sent, unit };
	reserve(&server->out, HEAD + room);
	buf_init(&request, server->out.bytes + server->out.len, HEAD + room);
	buf_add_u32(&request, 0);
	buf_add_u8(&request, (uint8_t)type);
	buf_add_u32(&request, server->sent);
	return request;
}

void
request_end(struct server *server, const struct buf *request)
{
	struct buf head;

	if (request->full)
		die("a request has more than its room");
	buf_init(&head, request->bytes, 4);
	buf_add_u32(&head, (uint32_t)(request->len - 4));
	server->out.len += request->len;
	server->sent++;
}

uint32_t
server_waiting(const struct server *server)
{
	return server->sent - server->answered;
}

static void
write_some(struct server *server)
{
	ssize_t put = write(server->to, server->out.bytes + server->out.from,
	    server->out.len - server->out.from);

	if (put < 0 && errno != EAGAIN)
		die("write: %s", strerror(errno));
	if (put > 0)
		server->out.from += (size_t)put;
}

static void
read_some(struct server *server)
{
	ssize_t got;

	reserve(&server->in, READ_SIZE);
	got = read(server->from, server->in.bytes + server->in.len,
	    server->in.size - server->in.len);
	if (got == 0 || (got < 0 && errno != EAGAIN))
		die("the server has gone");
	if (got > 0)
		server->in.len += (size_t)got;
}

static void
move_bytes(struct server *server)
{
	bool more = server->out.len > server->out.from;
	struct pollfd ready[] = {
		{ .fd = server->from, .events = POLLIN },
		{ .fd = server->to, .events = more ? POLLOUT : 0 },
	};

	if (more)
		write_some(server);
	ready[1].events = server->out.len > server->out.from ? POLLOUT : 0;
	if (poll(ready, 2, WAIT_MS) <= 0)
		die("nothing happened for a minute");
	if (ready[1].revents & POLLOUT)
		write_some(server);
	if (ready[0].revents != 0)
		read_some(server);
}

/* The first whole packet; false where there is none. */
static bool
take_packet(struct queue *in, struct slice *packet)
{
	struct slice rest = { in->bytes + in->from, in->len - in->from };
	uint32_t len;

	if (rest.len < 4 || !decode_u32(&rest, &len) || rest.len < len)
		return false;
	*packet = (struct slice){ rest.at, len };
	in->from += 4 + (size_t)len;
	return true;
}

void
server_wait(struct server *server, struct pending *request, struct reply *reply)
{
	struct slice packet;

	if (server_waiting(server) == 0)
		die("nothing to wait for");
	*request = server->pending[server->answered % PENDING_MAX];
	while (!take_packet(&server->in, &packet))
		move_bytes(server);
	if (packet.len < 5)
		die("a reply of %zu bytes", packet.len);
	reply->type = packet.at[0];
	reply->body = (struct slice){ packet.at + 1, packet.len - 1 };
	if (take_u32(&reply->body) != request->id)
		die("a reply to another request");
	server->answered++;
}

void
expect(const struct pending *request, const struct reply *reply,
    enum packet type)
{
	if (reply->type != type)
		die("a request of type %d had a reply of type %d, not %d",
		    request->type, reply->type, type);
}

void
expect_status(const struct pending *request, const struct reply *reply,
    enum status status)
{
	struct slice body = reply->body;
	uint32_t got;

	expect(request, reply, PACKET_STATUS);
	got = take_u32(&body);
	if (got != status)
		die("a request of type %d ended in status %u, not %d",
		    request->type, got, status);
}

uint32_t
take_u32(struct slice *body)
{
	uint32_t value;

	if (!decode_u32(body, &value))
		die("a reply is cut");
	return value;
}

uint64_t
take_u64(struct slice *body)
{
	uint64_t value;

	if (!decode_u64(body, &value))
		die("a reply is cut");
	return value;
}

struct slice
take_string(struct slice *body)
{
	struct slice value;

	if (!decode_string(body, &value))
		die("a reply is cut");
	return value;
}
