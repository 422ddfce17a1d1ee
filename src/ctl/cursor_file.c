/* Replaced as a whole: half a cursor would be another place. */
#include "ctl/cursor_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

int
cursor_file_read(const char *path, char *room, size_t size)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t got;

	room[0] = '\0';
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	got = io_read_all(fd, room, size - 1);
	room[got < 0 ? 0 : got] = '\0';
	room[strcspn(room, "\n")] = '\0';
	return got < 0 ? -1 : 0;
}

int
cursor_file_write(const char *path, const char *cursor)
{
	char name[PATH_MAX], line[512];
	auto_fd int fd = -1;

	snprintf(name, sizeof(name), "%s.new", path);
	snprintf(line, sizeof(line), "%s\n", cursor);
	fd = open(name,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY,
	    0600);
	if (fd < 0 || io_write_all(fd, line, strlen(line)) != 0 ||
	    fdatasync(fd) != 0)
		return -1;
	return rename(name, path);
}
