/*
 * The reader of secluded arguments, over a pipe and over a socket: both see
 * the same, and exactly the block is gone afterwards.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "subsys/rsync/secluded.h"
#include "tests/fuzz/target.h"

enum { MAX = 32768 }; /* what a pipe takes at once */

/* How many bytes of data the block has: to the first empty word. */
static size_t
block_length(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '\0' && (i == 0 || data[i - 1] == '\0'))
			return i + 1;
	}
	return 0;
}

static enum refusal
read_from(int ends[2], const uint8_t *data, size_t size, struct words *words,
    size_t *left)
{
	static char rest[MAX];
	enum refusal refusal;
	ssize_t got;

	MUST(write(ends[1], data, size) == (ssize_t)size);
	close(ends[1]);
	refusal = secluded_read_within(ends[0], words, 1000);
	*left = 0;
	while ((got = read(ends[0], rest, sizeof(rest))) > 0)
		*left += (size_t)got;
	close(ends[0]);
	return refusal;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct words from_pipe = { 0 }, from_socket = { 0 };
	size_t block = block_length(data, size), left[2];
	enum refusal refusals[2];
	int ends[2];

	if (size > MAX)
		return 0;
	MUST(pipe(ends) == 0);
	refusals[0] = read_from(ends, data, size, &from_pipe, &left[0]);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	refusals[1] = read_from(ends, data, size, &from_socket, &left[1]);
	MUST(refusals[0] == refusals[1]);
	MUST(from_pipe.count == from_socket.count);
	MUST(from_pipe.count < SECLUDED_MAX_WORDS);
	for (size_t i = 0; i < from_pipe.count; i++)
		MUST(strcmp(from_pipe.at[i].text, from_socket.at[i].text) == 0);
	if (refusals[0] == REFUSE_NOTHING) {
		MUST(block > 0 && memcmp(data, "rsync", 6) == 0);
		MUST(left[0] == size - block && left[1] == size - block);
	}
	words_free(&from_pipe);
	words_free(&from_socket);
	return 0;
}
