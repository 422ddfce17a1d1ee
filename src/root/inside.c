/*
 * The kernel is asked once, with RESOLVE_BENEATH; only where it says that an
 * absolute link or ".." left the root on the way is the end pinned and its
 * real path compared, since an absolute link may lead back in. Of a path whose
 * end is not there the deepest directory is asked that is.
 */
#include "root/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"

enum { TRIES = 64 }; /* while names are changed on the way */

static int
open_beneath(const struct root *root, const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, root->fd, path, &how, sizeof(how));
}

/* The real path of an open descriptor; false where it can't be known. */
static bool
real_path(const struct root *root, int fd, char out[PATH_MAX])
{
	char number[16];
	ssize_t len;

	if (snprintf(number, sizeof(number), "%d", fd) < 0)
		return false;
	len = readlinkat(root->proc_fd, number, out, PATH_MAX - 1);
	if (len <= 0)
		return false;
	out[len] = '\0';
	return true;
}

/*
 * The path, from the root, of what the descriptor stands for: "" for the root
 * itself; NULL where it does not lie there. room holds it.
 */
static const char *
path_below(const struct root *root, int fd, char room[PATH_MAX])
{
	char top[PATH_MAX];
	size_t len;

	if (!real_path(root, root->fd, top) || !real_path(root, fd, room))
		return NULL;
	len = strcmp(top, "/") == 0 ? 0 : strlen(top);
	if (strncmp(room, top, len) != 0 ||
	    (room[len] != '/' && room[len] != '\0'))
		return NULL;
	return room[len] == '/' ? room + len + 1 : room + len;
}

/*
 * Takes a path whose end is not there to the directory above. Returns false
 * where its last name is a dangling symlink, or no name at all.
 */
static bool
go_up(const struct root *root, struct relpath *path, size_t *rest)
{
	auto_fd int fd = -1;
	struct relpath parent;
	char name[NAME_MAX + 1];
	size_t end = path->len;

	while (end > 1 && path->bytes[end - 1] == '/')
		end--;
	path->bytes[end] = '\0';
	if (relpath_split(path, &parent, name) != 0)
		return false;
	fd = openat(root->fd, path->bytes, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT)
		return false;
	*rest = end - strlen(name);
	*path = parent;
	return true;
}

/*
 * Pins the deepest of the path's directories that is there, or all of it, as
 * any program would reach it; *rest is where the missing part begins, or the
 * path's length. Returns a descriptor, or -1.
 */
static int
pin_deepest(const struct root *root, const struct relpath *path, int flags,
    size_t *rest)
{
	struct relpath there = *path;
	int fd = openat(root->fd, there.bytes, flags);

	*rest = path->len;
	while (fd < 0 && errno == ENOENT && go_up(root, &there, rest))
		fd = openat(root->fd, there.bytes,
		    O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd;
}

bool
inside_root(const struct root *root, const struct relpath *path,
    enum follow follow)
{
	int flags = O_PATH | O_CLOEXEC | (follow == NO_FOLLOW ? O_NOFOLLOW : 0);
	auto_fd int fd = -1;
	char room[PATH_MAX];
	int tries = TRIES;
	size_t rest;

	do {
		fd = open_beneath(root, path->bytes, (uint64_t)flags);
	} while (fd < 0 && errno == EAGAIN && --tries > 0);
	if (fd >= 0)
		return true;
	if (errno != EXDEV && errno != ELOOP && errno != EAGAIN)
		return true; /* not there: nothing can be learned of it */
	fd = pin_deepest(root, path, flags, &rest);
	return fd >= 0 && path_below(root, fd, room) != NULL;
}

int
inside_find(const struct root *root, const struct relpath *path,
    struct inside_place *place)
{
	auto_fd int fd = -1;
	char room[PATH_MAX];
	const char *real;
	struct buf text;
	struct stat st;
	size_t rest;

	fd = pin_deepest(root, path, O_PATH | O_CLOEXEC, &rest);
	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	errno = EXDEV;
	real = path_below(root, fd, room);
	if (real == NULL)
		return -1;
	place->is_there = rest == path->len;
	place->is_directory = place->is_there && S_ISDIR(st.st_mode);
	buf_init(&text, place->real, sizeof(place->real) - 1);
	buf_add_text(&text, real);
	if (!place->is_there && text.len > 0)
		buf_add_text(&text, "/");
	buf_add_text(&text, path->bytes + rest);
	if (text.len == 0)
		buf_add_text(&text, ".");
	place->real[text.len] = '\0';
	errno = ENAMETOOLONG;
	return text.full ? -1 : 0;
}
