/*
 * Reads the heads of packets and skips their bodies: nothing that the client
 * says is kept, opened or looked up. Each write is of one page at most, after
 * poll, so that it never waits: a client that does not read can't keep us.
 */
#include "subsys/sftp/refused.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "confine/caps.h"
#include "confine/filter.h"
#include "confine/landlock.h"

enum { WRITE_MAX = 4096 /* room that POLLOUT promises, in any pipe */ };

void
refused_begin(struct refused *refused, const char *line)
{
	*refused = (struct refused){ .line = line };
	out_init(&refused->out);
}

void
refused_end(struct refused *refused)
{
	out_free(&refused->out);
}

static uint32_t
word_at(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

/* INIT has a version in the place of the id: below 3 a status has no text. */
static void
refused_greet(struct refused *refused, uint32_t version)
{
	struct buf packet =
	    out_begin(&refused->out, PACKET_VERSION, PROTOCOL_VERSION, 0);

	out_end(&refused->out, &packet);
	refused->out.wordless = version < PROTOCOL_VERSION;
	refused->greeted = true;
}

/* A head is there. Returns false where the stream can't be followed. */
static bool
refused_answer(struct refused *refused)
{
	uint32_t len = word_at(refused->head);
	unsigned type = refused->head[4];
	uint32_t id = word_at(refused->head + 5);

	if (len < REFUSED_HEAD - 4 || len > PACKET_MAX)
		return false;
	if (type == PACKET_INIT)
		refused_greet(refused, id);
	else if (refused->greeted)
		out_status(&refused->out, id, STATUS_FAILURE, 0, refused->line);
	else
		return false;
	refused->have = 0;
	refused->skip = len - (REFUSED_HEAD - 4);
	return ++refused->answers < REFUSED_ANSWERS;
}

/* Returns how many of the bytes belong to the body, or else to the head. */
static size_t
refused_step(struct refused *refused, const unsigned char *bytes, size_t len)
{
	size_t wanted =
	    refused->skip > 0 ? refused->skip : REFUSED_HEAD - refused->have;

	if (wanted > len)
		wanted = len;
	if (refused->skip > 0) {
		refused->skip -= wanted;
		return wanted;
	}
	memcpy(refused->head + refused->have, bytes, wanted);
	refused->have += wanted;
	return wanted;
}

void
refused_take(struct refused *refused, const unsigned char *bytes, size_t len)
{
	while (len > 0 && !refused->ended) {
		size_t step = refused_step(refused, bytes, len);

		bytes += step;
		len -= step;
		if (refused->have == REFUSED_HEAD)
			refused->ended = !refused_answer(refused);
	}
}

static void
refused_read(struct refused *refused, int in)
{
	unsigned char bytes[4096];
	ssize_t got = read(in, bytes, sizeof(bytes));

	if (got > 0)
		refused_take(refused, bytes, (size_t)got);
	else
		refused->ended = got == 0 || errno != EINTR;
}

/* Moves what can be moved. Returns false where all is said, the client is gone,
 * or its time is over. */
static bool
refused_turn(struct refused *refused, const struct job *job, uint64_t deadline)
{
	bool waiting = out_waiting(&refused->out) > 0;
	struct pollfd ready[] = {
		{ .fd = refused->ended ? -1 : job->in, .events = POLLIN },
		{ .fd = job->out, .events = waiting ? POLLOUT : 0 },
	};
	uint64_t now = clock_ms();

	if (now >= deadline || (refused->ended && !waiting))
		return false;
	if (poll(ready, 2, (int)(deadline - now)) < 0)
		return errno == EINTR;
	if ((ready[1].revents & (POLLERR | POLLNVAL)) != 0 ||
	    ((ready[1].revents & POLLOUT) != 0 &&
		out_write(&refused->out, job->out, WRITE_MAX) != 0))
		return false;
	if (ready[0].revents != 0)
		refused_read(refused, job->in);
	return true;
}

/* A kernel that lacks a wall may be why the session is refused: then the ones
 * that it has must do. */
static void
refused_confine(void)
{
	int abi = landlock_abi();

	if (abi > 0 && landlock_restrict(NULL, 0, abi) != 0)
		abi = 0;
	if (caps_reduce(CAPS_NONE) != 0 || filter_load(FILTER_REFUSED) != 0)
		return;
}

void
sftp_refuse(const struct job *job, const char *line)
{
	const uint64_t deadline = clock_ms() + REFUSED_MS;
	struct refused refused;

	refused_confine();
	refused_begin(&refused, line);
	while (refused_turn(&refused, job, deadline))
		continue;
	refused_end(&refused);
}
