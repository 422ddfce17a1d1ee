/*
 * Reads as much as the header is long and no byte more: what follows is the
 * SSH library's.
 */
#include "serve/proxy_header.h"

#include <sys/socket.h>

/* How many bytes must be there before the kernel wakes us. */
static bool
wake_at(int fd, size_t count)
{
	int least = (int)count;

	return setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof(least)) ==
	       0;
}

enum proxy_answer
proxy_header_read(int fd, struct address *address)
{
	unsigned char bytes[PROXY_MAX];
	enum proxy_answer answer = PROXY_MORE;
	size_t have = 0, used = 0;

	while (answer == PROXY_MORE) {
		ssize_t got = recv(fd, bytes, sizeof(bytes), MSG_PEEK);

		/* Peeking again at the same bytes would spin: wait for more. */
		if (got <= 0 || (size_t)got <= have)
			return PROXY_BAD;
		have = (size_t)got;
		answer = proxy_parse(bytes, have, address, &used);
		if (answer == PROXY_MORE && !wake_at(fd, have + 1))
			return PROXY_BAD;
	}
	/* The SSH greeting may be shorter than the header: wake at one byte. */
	if (!wake_at(fd, 1) ||
	    recv(fd, bytes, used, MSG_WAITALL) != (ssize_t)used)
		return PROXY_BAD;
	return answer;
}
