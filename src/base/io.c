/* Whole reads and writes over EINTR and short counts. */
#include "base/io.h"

#include <errno.h>
#include <unistd.h>

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
