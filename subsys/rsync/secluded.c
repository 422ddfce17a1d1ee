/*
 * Reads a byte at a time from a pipe, and on a socket peeks first and then
 * takes exactly the block: nothing that follows may be lost. stdio, or any
 * reading ahead, would eat the beginning of the protocol.
 */
#include "subsys/rsync/secluded.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"

/* The block as it comes in. */
struct block {
	int in;
	bool is_socket;
	int64_t deadline; /* CLOCK_MONOTONIC, milliseconds */
	char *bytes;
	size_t len, room;
	size_t words; /* complete ones so far */
	size_t start; /* where the current one begins */
};

/* Waits until there is something to read; false where time is up. */
static bool
secluded_await(const struct block *block)
{
	struct pollfd fd = { .fd = block->in, .events = POLLIN };
	int64_t left;
	int ready;

	do {
		left = block->deadline - (int64_t)clock_ms();
		if (left <= 0)
			return false;
		ready = poll(&fd, 1, (int)left);
	} while (ready < 0 && errno == EINTR);
	return ready > 0;
}

static void
secluded_make_room(struct block *block)
{
	if (block->len < block->room)
		return;
	block->room = block->room == 0 ? 1024 : block->room * 2;
	block->bytes = xrealloc(block->bytes, block->room, 1);
}

/* Returns how many bytes of the current word, its NUL included, lie in the
 * socket. */
static size_t
peek_word(const struct block *block, char *ahead, size_t size)
{
	ssize_t got = recv(block->in, ahead, size, MSG_PEEK);
	const char *end;

	if (got <= 0)
		return 0;
	end = memchr(ahead, '\0', (size_t)got);
	return end == NULL ? (size_t)got : (size_t)(end - ahead) + 1;
}

/* Takes up to size bytes, none beyond the current word's end. */
static ssize_t
secluded_take(const struct block *block, char *bytes, size_t size)
{
	size_t want = 1;
	ssize_t got;

	if (!secluded_await(block))
		return -1;
	if (block->is_socket)
		want = peek_word(block, bytes, size);
	if (want == 0)
		return -1;
	do {
		got = read(block->in, bytes, want);
	} while (got < 0 && errno == EINTR);
	return got;
}

static enum refusal
secluded_read_word(struct block *block)
{
	char chunk[512];

	for (;;) {
		ssize_t got = secluded_take(block, chunk, sizeof(chunk));

		if (got <= 0)
			return REFUSE_INCOMPLETE;
		for (ssize_t i = 0; i < got; i++) {
			if (block->len >= SECLUDED_MAX_BYTES)
				return REFUSE_TOO_LONG;
			secluded_make_room(block);
			block->bytes[block->len++] = chunk[i];
		}
		if (chunk[got - 1] == '\0')
			return REFUSE_NOTHING;
	}
}

static enum refusal
secluded_read_block(struct block *block, struct words *words)
{
	for (;;) {
		enum refusal refusal = secluded_read_word(block);
		const char *word;
		size_t len;

		if (refusal != REFUSE_NOTHING)
			return refusal;
		word = block->bytes + block->start;
		len = block->len - block->start - 1;
		if (block->words == 0 && strcmp(word, "rsync") != 0)
			return REFUSE_INCOMPLETE;
		if (len == 0)
			return REFUSE_NOTHING;
		if (++block->words > SECLUDED_MAX_WORDS)
			return REFUSE_TOO_LONG;
		if (block->words > 1)
			refusal = words_append(words, word, len, false);
		if (refusal != REFUSE_NOTHING)
			return refusal;
		block->start = block->len;
	}
}

enum refusal
secluded_read_within(int in, struct words *words, int milliseconds)
{
	struct block block = { .in = in,
		.deadline = (int64_t)clock_ms() + milliseconds };
	socklen_t len = sizeof(int);
	enum refusal refusal;
	int type;

	block.is_socket = getsockopt(in, SOL_SOCKET, SO_TYPE, &type, &len) == 0;
	refusal = secluded_read_block(&block, words);
	free(block.bytes);
	return refusal;
}

enum refusal
secluded_read(int in, struct words *words)
{
	return secluded_read_within(in, words, SECLUDED_SECONDS * 1000);
}
