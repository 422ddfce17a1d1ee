/* Whole reads and writes over EINTR and short counts. */
#include "base/io.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	SAY_MS = 1000,
	SAY_AT_ONCE = 4096, /* what has room in any pipe that has any */
};

int
io_write_all(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t done = write(fd, at, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		at += done;
		len -= (size_t)done;
	}
	return 0;
}

ssize_t
io_read_all(int fd, void *bytes, size_t size)
{
	char *at = bytes;
	size_t have = 0;

	while (have < size) {
		ssize_t done = read(fd, at + have, size - have);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		if (done == 0)
			break;
		have += (size_t)done;
	}
	return (ssize_t)have;
}

void
io_say(int fd, const void *bytes, size_t len)
{
	const uint64_t deadline = clock_ms() + SAY_MS;
	struct pollfd ready = { .fd = fd, .events = POLLOUT };
	const char *at = bytes;

	for (uint64_t now; len > 0 && (now = clock_ms()) < deadline;) {
		int count = poll(&ready, 1, (int)(deadline - now));
		ssize_t done;

		if (count == 0 || (count < 0 && errno != EINTR))
			return;
		if (count < 0)
			continue;
		done = write(fd, at, len < SAY_AT_ONCE ? len : SAY_AT_ONCE);
		if (done < 0 && errno != EINTR && errno != EAGAIN)
			return;
		at += done > 0 ? done : 0;
		len -= done > 0 ? (size_t)done : 0;
	}
}
