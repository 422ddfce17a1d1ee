/*
 * Walks by name, before the jail: the paths are the administrator's and the
 * system's, and what the client could change on the way ends the walk.
 */
#include "decide/path_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/quote.h"

enum { MOST_LINKS = 40 }; /* as the kernel's MAXSYMLINKS */

struct walker {
	struct exposure *exposure;
	int fd;                  /* where it stands, O_PATH */
	int links;               /* how many were followed */
	char rest[2 * PATH_MAX]; /* what is still to be walked */
	const char *at;          /* in rest */
};

/* Puts a symlink's text before the rest. Returns false where it is too long. */
static bool
put_before(struct walker *walker, const char *text)
{
	size_t len = strlen(text), rest = strlen(walker->at);

	if (len + 1 + rest >= sizeof(walker->rest))
		return false;
	memmove(walker->rest + len + 1, walker->at, rest + 1);
	memcpy(walker->rest, text, len);
	walker->rest[len] = '/';
	walker->at = walker->rest;
	return true;
}

static void
step_to(struct walker *walker, int *fd)
{
	auto_close_fd(&walker->fd);
	walker->fd = take_fd(fd);
}

static int
step_to_top(struct walker *walker)
{
	auto_fd int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	step_to(walker, &fd);
	return 0;
}

static int
follow_link(struct walker *walker, int link)
{
	not_zeroed char text[PATH_MAX];
	ssize_t len = readlinkat(link, "", text, sizeof(text) - 1);

	if (len < 0)
		return -1;
	text[len] = '\0';
	errno = ELOOP;
	if (++walker->links > MOST_LINKS)
		return -1;
	errno = E2BIG;
	if (!put_before(walker, text))
		return -1;
	return text[0] == '/' ? step_to_top(walker) : 0;
}

/* One name in the directory where the walker stands. Returns 0 or -1. */
static int
step(struct walker *walker, const char *name)
{
	const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
	/* As a directory first: that mounts what is mounted on demand. */
	auto_fd int fd = openat(walker->fd, name, flags | O_DIRECTORY);
	struct stat st;

	if (fd >= 0) {
		step_to(walker, &fd);
		return 0;
	}
	if (errno != ENOTDIR)
		return -1;
	fd = openat(walker->fd, name, flags);
	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	if (S_ISLNK(st.st_mode))
		return follow_link(walker, fd);
	step_to(walker, &fd);
	return 0;
}

/* Takes the next name off the rest; "" where there is none. */
static int
take_name(struct walker *walker, char name[NAME_MAX + 1])
{
	size_t len;

	walker->at += strspn(walker->at, "/");
	len = strcspn(walker->at, "/");
	if (len > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, walker->at, len);
	name[len] = '\0';
	walker->at += len;
	return 0;
}

/* No login gets there either; all else is a matter of who looks. */
static bool
is_nowhere(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ELOOP ||
	       error == ENAMETOOLONG;
}

static enum walk
end_walk(const char *path, struct buf *why)
{
	int error = errno;

	if (is_nowhere(error))
		return WALK_MISSING;
	quote_add(why, path, strlen(path), 512);
	buf_addf(why, " can't be looked at (%s)", strerror(error));
	return WALK_EXPOSED;
}

static enum walk
path_walk_on(struct walker *walker, const char *path, struct buf *why)
{
	char name[NAME_MAX + 1];

	for (;;) {
		if (take_name(walker, name) != 0)
			return end_walk(path, why);
		if (name[0] == '\0')
			return exposure_has(walker->exposure, walker->fd, why)
				   ? WALK_EXPOSED
				   : WALK_REACHED;
		if (strcmp(name, ".") == 0)
			continue;
		/* Where ".." leads does not depend on what is in here. */
		if (strcmp(name, "..") != 0 &&
		    exposure_has(walker->exposure, walker->fd, why))
			return WALK_EXPOSED;
		if (step(walker, name) != 0)
			return end_walk(path, why);
	}
}

enum walk
path_walk(struct exposure *exposure, int start, const char *path, int *end,
    struct buf *why)
{
	not_zeroed struct walker walker;
	enum walk result;

	*end = -1;
	walker.exposure = exposure;
	walker.links = 0;
	walker.at = walker.rest;
	walker.rest[0] = '\0';
	walker.fd = openat(path[0] == '/' ? AT_FDCWD : start,
	    path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (walker.fd < 0 || strlen(path) >= PATH_MAX) {
		errno = walker.fd < 0 ? errno : ENAMETOOLONG;
		auto_close_fd(&walker.fd);
		return end_walk(path, why);
	}
	memcpy(walker.rest, path, strlen(path) + 1);
	result = path_walk_on(&walker, path, why);
	if (result == WALK_REACHED)
		*end = take_fd(&walker.fd);
	auto_close_fd(&walker.fd);
	return result;
}

bool
path_is_exposed(struct exposure *exposure, int start, const char *path,
    struct buf *why)
{
	auto_fd int end = -1;

	return path_walk(exposure, start, path, &end, why) == WALK_EXPOSED;
}
