/*
 * A relay to a port of the loopback address that holds every byte back.
 *
 *   delay PORT MILLISECONDS
 *
 * Prints the port that it listens at, takes one connection after the other
 * there, and ends with its standard input. MILLISECONDS is one way.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "base/xalloc.h"

enum { CHUNK = 64 << 10, CHUNKS = 1024 }; /* 64 MiB on their way */

struct chunk {
	uint64_t due; /* ns of CLOCK_MONOTONIC */
	size_t at, len;
	unsigned char bytes[CHUNK];
};

/* One direction: a ring of chunks. */
struct way {
	int from, to;
	struct chunk *chunks; /* CHUNKS */
	size_t first, count;
	bool ended; /* from has said no more */
	bool told;  /* ... and to has heard it */
	bool waits; /* until to takes more */
};

static uint64_t
now_ns(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void
take_in(struct way *way, uint64_t delay)
{
	struct chunk *chunk = &way->chunks[(way->first + way->count) % CHUNKS];
	ssize_t got =
	    recv(way->from, chunk->bytes, sizeof(chunk->bytes), MSG_DONTWAIT);

	way->ended = got == 0;
	if (got <= 0)
		return;
	chunk->due = now_ns() + delay;
	chunk->at = 0;
	chunk->len = (size_t)got;
	way->count++;
}

/* Returns false where the other end is gone. */
static bool
give_out(struct way *way)
{
	way->waits = false;
	while (way->count > 0 && way->chunks[way->first].due <= now_ns()) {
		struct chunk *chunk = &way->chunks[way->first];
		ssize_t sent = send(way->to, chunk->bytes + chunk->at,
		    chunk->len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0) {
			way->waits = errno == EAGAIN;
			return way->waits;
		}
		chunk->at += (size_t)sent;
		chunk->len -= (size_t)sent;
		if (chunk->len > 0)
			return true;
		way->first = (way->first + 1) % CHUNKS;
		way->count--;
	}
	if (way->ended && way->count == 0 && !way->told) {
		way->told = true;
		shutdown(way->to, SHUT_WR);
	}
	return true;
}

/* How long nothing is due in either direction. */
static struct timespec
until_due(const struct way *ways)
{
	uint64_t now = now_ns(), due = now + 1000000000U, wait;

	for (int i = 0; i < 2; i++) {
		const struct way *way = &ways[i];

		if (way->count > 0 && !way->waits &&
		    way->chunks[way->first].due < due)
			due = way->chunks[way->first].due;
	}
	wait = due > now ? due - now : 0;
	return (struct timespec){ .tv_sec = (time_t)(wait / 1000000000U),
		.tv_nsec = (long)(wait % 1000000000U) };
}

static void
relay(struct way ways[2], uint64_t delay)
{
	while (!ways[0].told || !ways[1].told) {
		const struct timespec wait = until_due(ways);
		struct pollfd polls[5] = { { .fd = STDIN_FILENO,
		    .events = POLLIN } };

		for (int i = 0; i < 2; i++) {
			bool room = ways[i].count < CHUNKS && !ways[i].ended;

			polls[i + 1] =
			    (struct pollfd){ .fd = room ? ways[i].from : -1,
				    .events = POLLIN };
			polls[i + 3] =
			    (struct pollfd){ .fd = ways[i].waits ? ways[i].to
								 : -1,
				    .events = POLLOUT };
		}
		if (ppoll(polls, 5, &wait, NULL) < 0 || polls[0].revents != 0)
			return;
		for (int i = 0; i < 2; i++) {
			if (polls[i + 1].revents != 0)
				take_in(&ways[i], delay);
			if (!give_out(&ways[i]))
				return;
		}
	}
}

static int
loopback(int port, struct sockaddr_in *address)
{
	*address = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void
serve(int client, int port, uint64_t delay)
{
	struct sockaddr_in address;
	int server = loopback(port, &address);
	struct way ways[2] = { { .from = client, .to = server },
		{ .from = server, .to = client } };

	for (int i = 0; i < 2; i++)
		ways[i].chunks = xcalloc(CHUNKS, sizeof(struct chunk));
	if (connect(server, (struct sockaddr *)&address, sizeof(address)) == 0)
		relay(ways, delay);
	for (int i = 0; i < 2; i++)
		free(ways[i].chunks);
	close(server);
	close(client);
}

int
main(int argc, char **argv)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	int listener = loopback(0, &address);
	int64_t port, delay;

	if (argc != 3 || !num_parse(argv[1], 1, UINT16_MAX, &port) ||
	    !num_parse(argv[2], 0, 10000, &delay))
		return 2;
	if (bind(listener, (struct sockaddr *)&address, size) != 0 ||
	    listen(listener, 8) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) != 0)
		return 1;
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	for (;;) {
		struct pollfd polls[2] = { { .fd = STDIN_FILENO,
					       .events = POLLIN },
			{ .fd = listener, .events = POLLIN } };

		if (poll(polls, 2, -1) < 0 || polls[0].revents != 0)
			return 0;
		serve(accept(listener, NULL, NULL), (int)port,
		    (uint64_t)delay * 1000000U);
	}
}
