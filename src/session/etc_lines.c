/*
 * Reads as the C library does where all of its releases agree, and takes all
 * else for odd. Trusts the files, which are root's.
 */
#include "session/etc_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

/* What isspace() takes in the C locale. */
#define BLANKS " \t\n\v\f\r"

/* Makes room and reads on. */
static enum line
read_more(struct lines *lines)
{
	size_t have = (size_t)(lines->to - lines->from);
	ssize_t got;

	memmove(lines->room, lines->from, have);
	lines->from = lines->room;
	/* One byte stays for the NUL of a last line without a newline. */
	if (have == sizeof(lines->room) - 1)
		return LINE_ODD;
	got = io_read_all(lines->fd, lines->room + have,
	    sizeof(lines->room) - 1 - have);
	if (got < 0)
		return LINE_ODD;
	lines->to = lines->room + have + got;
	lines->ended = lines->to < lines->room + sizeof(lines->room) - 1;
	return LINE_READ;
}

enum line
etc_lines_next(struct lines *lines, char **line)
{
	char *end;

	while ((end = memchr(lines->from, '\n',
		    (size_t)(lines->to - lines->from))) == NULL) {
		if (lines->ended)
			break;
		if (read_more(lines) != LINE_READ)
			return LINE_ODD;
	}
	if (end == NULL && lines->from == lines->to)
		return LINE_END;
	if (end == NULL)
		end = lines->to;
	*end = '\0';
	*line = lines->from;
	lines->from = end < lines->to ? end + 1 : end;
	if (strlen(*line) != (size_t)(end - *line))
		return LINE_ODD;
	*line += strspn(*line, BLANKS);
	return LINE_READ;
}

bool
etc_lines_open(struct lines *lines, const char *path)
{
	lines->fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	lines->ended = lines->fd < 0;
	lines->from = lines->to = lines->room;
	return lines->fd >= 0 || errno == ENOENT;
}

/* "files", or "files" and others; "[NOTFOUND=return]" is an action. */
static enum source
read_services(const char *text)
{
	static const char files[] = "files";
	size_t len = sizeof(files) - 1;

	text += strspn(text, BLANKS);
	if (strncmp(text, files, len) != 0)
		return SOURCE_OTHER;
	text += len;
	if (*text == '\0')
		return SOURCE_ONLY;
	len = strspn(text, BLANKS);
	if (len == 0 || text[len] == '[')
		return SOURCE_OTHER;
	return text[len] == '\0' ? SOURCE_ONLY : SOURCE_FIRST;
}

/* What stands behind "passwd:", say, or NULL in all other lines. */
static const char *
services_of(const char *database, char *line)
{
	size_t len = strlen(database);

	line[strcspn(line, "#")] = '\0';
	if (strncmp(line, database, len) != 0)
		return NULL;
	line += len;
	len = strspn(line, ":" BLANKS);
	return len == 0 ? NULL : line + len;
}

static enum source
read_switch(struct lines *lines, const char *database)
{
	enum source source = SOURCE_OTHER;
	const char *services;
	bool seen = false, groups_apart = false;
	enum line got;
	char *line;

	if (lines->fd < 0) /* the C library's own default */
		return SOURCE_ONLY;
	while ((got = etc_lines_next(lines, &line)) == LINE_READ) {
		/* Would have the last word on whose groups are which. */
		if (services_of("initgroups", line) != NULL)
			groups_apart = true;
		services = services_of(database, line);
		if (services == NULL)
			continue;
		/* Which of two lines holds, its releases don't agree on. */
		source = seen ? SOURCE_OTHER : read_services(services);
		seen = true;
	}
	if (groups_apart && strcmp(database, "group") == 0)
		return SOURCE_OTHER;
	return got == LINE_END ? source : SOURCE_OTHER;
}

enum source
etc_lines_source(const char *path, const char *database)
{
	not_zeroed struct lines lines;
	enum source source;

	if (!etc_lines_open(&lines, path))
		return SOURCE_OTHER;
	source = read_switch(&lines, database);
	auto_close_fd(&lines.fd);
	return source;
}
