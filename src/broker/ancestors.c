/* Names nothing: goes up from a directory that is open, by "..". */
#include "broker/ancestors.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/fd.h"

static bool
ancestors_is_at(const struct ancestors *ancestors, size_t i,
    const struct stat *st)
{
	return ancestors->at[i].dev == st->st_dev &&
	       ancestors->at[i].ino == st->st_ino;
}

/* Keeps fd open under the next number. False where that is not to be had. */
static bool
ancestors_add(struct ancestors *ancestors, int fd, const struct stat *st)
{
	int wanted = ANCESTORS_FIRST + (int)ancestors->count, number;

	if (ancestors->count == ANCESTORS_MAX)
		return false;
	number = fcntl(fd, F_DUPFD, wanted);
	if (number >= 0 && number != wanted)
		close(number);
	if (number != wanted)
		return false;
	ancestors->at[ancestors->count].dev = st->st_dev;
	ancestors->at[ancestors->count++].ino = st->st_ino;
	return true;
}

void
ancestors_open(struct ancestors *ancestors, int directory)
{
	auto_fd int fd = fcntl(directory, F_DUPFD_CLOEXEC, 0);
	struct stat below, st;

	ancestors->count = 0;
	if (fd < 0 || fstat(fd, &below) != 0)
		return;
	for (;;) {
		int above = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		auto_close_fd(&fd);
		fd = above;
		if (fd < 0 || fstat(fd, &st) != 0)
			break;
		/* "/" is above itself. */
		if (st.st_dev == below.st_dev && st.st_ino == below.st_ino)
			return;
		if (!ancestors_add(ancestors, fd, &st))
			break;
		below = st;
	}
	ancestors_close(ancestors);
	ancestors->count = 0;
}

void
ancestors_close(const struct ancestors *ancestors)
{
	for (size_t i = 0; i < ancestors->count; i++)
		close(ANCESTORS_FIRST + (int)i);
}

bool
ancestors_are_wanted(int flags)
{
	const int way = O_DIRECTORY | O_CLOEXEC;

	return (flags & (way | FD_ACCESS | O_TRUNC | O_CREAT | O_NONBLOCK |
			    O_PATH)) == way;
}

int
ancestors_number(const struct ancestors *ancestors, int fd)
{
	struct stat st;

	if (ancestors->count == 0 || fstat(fd, &st) != 0)
		return -1;
	for (size_t i = 0; i < ancestors->count; i++) {
		if (ancestors_is_at(ancestors, i, &st))
			return ANCESTORS_FIRST + (int)i;
	}
	return -1;
}
