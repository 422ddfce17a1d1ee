/*
 * Walks by name, before the jail: the paths are the administrator's and the
 * system's, and what the client could change on the way ends the walk.
 */
#include "decide/path_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "root/lookup.h"

enum {
	MOST_LINKS = 40,         /* as the kernel's MAXSYMLINKS */
	MOST_REST = 2 * PATH_MAX /* a link's text before what was left */
};

struct walker {
	struct exposure *exposure;
	int fd;         /* where it stands, O_PATH */
	int links;      /* how many were followed */
	const char *at; /* what is still to be walked: of the path, or ... */
	char *rest;     /* ... with a link's text before it; NULL: none yet */
};

/* Puts a symlink's text before the rest. Returns false where it is too long. */
static bool
put_before(struct walker *walker, const char *text)
{
	size_t len = strlen(text), rest = strlen(walker->at);

	if (len + 1 + rest >= MOST_REST)
		return false;
	if (walker->rest == NULL)
		walker->rest = xrealloc(NULL, MOST_REST, 1);
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

/* Opens a path that has no symlinks and no "..". Returns -1 with errno. */
static int
open_plain(int start, const char *path)
{
	const struct root from = { .fd = start };
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	int fd;

	errno = EINVAL;
	if (strstr(path, "..") != NULL)
		return -1;
	/* As a directory first, as in step. */
	fd = root_try_open(&from, path, &how);
	if (fd >= 0 || errno != ENOTDIR)
		return fd;
	how.flags &= ~(uint64_t)O_DIRECTORY;
	return root_try_open(&from, path, &how);
}

/*
 * Nothing lies at this plain path, as open_plain said: does the last directory
 * on the way there lie elsewhere?
 */
static bool
misses_above(struct walker *walker, int start)
{
	auto_free char *above = xstrdup(walker->at);
	auto_fd int fd = -1;

	do {
		char *slash = strrchr(above, '/');

		if (slash == NULL)
			return exposure_misses(walker->exposure, start);
		if (slash[1] == '\0' && slash == above)
			return false;
		slash[slash == above] = '\0';
		fd = open_plain(start, above);
	} while (fd < 0 && errno == ENOENT);
	return fd >= 0 && exposure_misses(walker->exposure, fd);
}

/*
 * Most paths are plain, and the root shows nothing of them: a look or two
 * tells. Returns WALK_EXPOSED where it may be otherwise.
 */
static enum walk
reach_at_once(struct walker *walker, int start)
{
	auto_fd int fd = open_plain(start, walker->at);

	if (fd < 0)
		return errno == ENOENT && misses_above(walker, start)
			   ? WALK_MISSING
			   : WALK_EXPOSED;
	if (!exposure_misses(walker->exposure, fd))
		return WALK_EXPOSED;
	step_to(walker, &fd);
	return WALK_REACHED;
}

static bool
may_change_here(struct walker *walker, const char *name, struct buf *why)
{
	/* Where ".." leads does not depend on what is in here. */
	return strcmp(name, "..") != 0 &&
	       exposure_has(walker->exposure, walker->fd, why);
}

/* The next name. Returns true where the walk goes on, else *found is its end.
 */
static bool
walk_name(struct walker *walker, const char *path, enum walk *found,
    struct buf *why)
{
	char name[NAME_MAX + 1];
	int links = walker->links;

	if (take_name(walker, name) != 0) {
		*found = end_walk(path, why);
		return false;
	}
	*found = WALK_EXPOSED;
	if (name[0] == '\0') {
		if (!exposure_has(walker->exposure, walker->fd, why))
			*found = WALK_REACHED;
		return false;
	}
	if (strcmp(name, ".") == 0)
		return true;
	if (may_change_here(walker, name, why))
		return false;
	if (step(walker, name) != 0) {
		*found = end_walk(path, why);
		return false;
	}
	if (walker->links > links)
		*found = reach_at_once(walker, walker->fd);
	return *found == WALK_EXPOSED;
}

static enum walk
path_walk_on(struct walker *walker, int start, const char *path,
    struct buf *why)
{
	int from = path[0] == '/' ? AT_FDCWD : start;
	enum walk found;

	errno = ENAMETOOLONG;
	if (strlen(path) >= PATH_MAX)
		return end_walk(path, why);
	found = reach_at_once(walker, from);
	if (found != WALK_EXPOSED)
		return found;
	walker->fd = openat(from, path[0] == '/' ? "/" : ".",
	    O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (walker->fd < 0)
		return end_walk(path, why);
	while (walk_name(walker, path, &found, why))
		continue;
	return found;
}

enum walk
path_walk(struct exposure *exposure, int start, const char *path, int *end,
    struct buf *why)
{
	struct walker walker = { .exposure = exposure, .fd = -1, .at = path };
	enum walk result = path_walk_on(&walker, start, path, why);

	*end = result == WALK_REACHED ? take_fd(&walker.fd) : -1;
	auto_close_fd(&walker.fd);
	free(walker.rest);
	return result;
}

bool
path_is_exposed(struct exposure *exposure, int start, const char *path,
    struct buf *why)
{
	auto_fd int end = -1;

	return path_walk(exposure, start, path, &end, why) == WALK_EXPOSED;
}
