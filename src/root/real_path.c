/*
 * Symlink texts and canonical paths, also of what is not there yet.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "root/lookup.h"
#include "root/root.h"

enum { LINKS_MAX = 40 }; /* the kernel's own limit (path_resolution(7)) */

ssize_t
root_readlink(struct root *root, const struct relpath *path, char out[PATH_MAX])
{
	auto_fd int fd = root_pin(root, path, NO_FOLLOW);
	ssize_t len;

	if (fd < 0)
		return -1;
	len = root_read_link_text(fd, "", out);
	/* With an empty name "not a symlink" is ENOENT. */
	if (len < 0 && errno == ENOENT)
		errno = EINVAL;
	return len;
}

static ssize_t
path_at(struct root *root, const struct relpath *path, char out[PATH_MAX])
{
	auto_fd int fd = root_pin(root, path, FOLLOW);

	return fd < 0 ? -1 : root_path_of(root, fd, out);
}

/* Appends "/name" to a canonical path of len bytes. */
static ssize_t
add_name(char out[PATH_MAX], ssize_t len, const char *name)
{
	size_t used = len == 1 ? 0 : (size_t)len; /* "/" */
	size_t more = strlen(name);

	if (more + 1 >= PATH_MAX - used) {
		errno = ENAMETOOLONG;
		return -1;
	}
	out[used] = '/';
	memcpy(out + used + 1, name, more + 1);
	return (ssize_t)(used + 1 + more);
}

/*
 * One step for a path whose end is missing. Returns the length of its
 * canonical form; or 0 where the last component is a dangling symlink, and
 * *path is then what that leads to.
 */
static ssize_t
step_to_missing(struct root *root, struct relpath *path, char out[PATH_MAX])
{
	struct relpath parent, here;
	char name[NAME_MAX + 1], text[PATH_MAX];
	ssize_t len;

	if (relpath_split(path, &parent, name) != 0) {
		errno = ENOENT; /* "missing/.." */
		return -1;
	}
	len = path_at(root, &parent, out);
	if (len < 0 || relpath_parse(&here, out, (size_t)len, NULL) != 0 ||
	    relpath_parse(path, name, strlen(name), &here) != 0)
		return -1;
	if (root_readlink(root, path, text) < 0)
		return errno == ENOENT ? add_name(out, len, name) : -1;
	return relpath_parse(path, text, strlen(text), &here);
}

/* A path that is walked name by name. */
struct names_walk {
	struct root *root;
	struct relpath rest; /* what is still to be walked */
	size_t at;           /* where in rest */
	int links;           /* how many were followed */
	char *out;           /* PATH_MAX bytes: what was walked, canonical */
	ssize_t len;         /* of out */
};

/* Takes the next name off the rest; "" at the end. Returns 0 or -1. */
static int
take_next(struct names_walk *walk, char name[NAME_MAX + 1])
{
	const char *from = walk->rest.bytes + walk->at;
	size_t slashes = strspn(from, "/");
	size_t len = strcspn(from + slashes, "/");

	if (len > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, from + slashes, len);
	name[len] = '\0';
	walk->at += slashes + len;
	return 0;
}

static void
drop_last(struct names_walk *walk)
{
	const char *slash = strrchr(walk->out, '/');

	walk->len = slash == walk->out ? 1 : slash - walk->out;
	walk->out[walk->len] = '\0';
}

/* The last name is a link with this text: the text is put before the rest. */
static int
walk_link(struct names_walk *walk, const char *text)
{
	const char *left = walk->rest.bytes + walk->at;
	not_zeroed char room[PATH_MAX];
	struct buf joined;

	errno = ELOOP;
	if (++walk->links > LINKS_MAX)
		return -1;
	buf_init(&joined, room, sizeof(room) - 1);
	buf_addf(&joined, "%s/%s", text, left);
	errno = ENAMETOOLONG;
	if (joined.full)
		return -1;
	drop_last(walk);
	if (text[0] == '/') {
		walk->out[1] = '\0';
		walk->len = 1;
	}
	walk->rest.len = joined.len;
	memcpy(walk->rest.bytes, buf_text(&joined), joined.len + 1);
	walk->at = 0;
	return 0;
}

static bool
is_at_end(const struct names_walk *walk)
{
	const char *left = walk->rest.bytes + walk->at;

	return left[strspn(left, "/")] == '\0';
}

static int
walk_name(struct names_walk *walk, const char *name)
{
	not_zeroed char text[PATH_MAX];
	not_zeroed struct relpath here;

	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		drop_last(walk);
		return 0;
	}
	walk->len = add_name(walk->out, walk->len, name);
	if (walk->len < 0 ||
	    relpath_parse(&here, walk->out, (size_t)walk->len, NULL) != 0)
		return -1;
	if (root_readlink(walk->root, &here, text) >= 0)
		return walk_link(walk, text);
	if (errno == EINVAL || (errno == ENOENT && is_at_end(walk)))
		return 0;
	return -1;
}

/*
 * For a session without /proc. The answer is not from one moment: a directory
 * that is renamed meanwhile may appear under its old name or its new one.
 */
static ssize_t
realpath_by_names(struct root *root, const struct relpath *path,
    char out[PATH_MAX])
{
	struct names_walk walk = { .root = root, .out = out, .len = 1 };
	auto_fd int fd = root_pin(root, path, FOLLOW);
	char name[NAME_MAX + 1];

	/* ENOTDIR: the path leads through a file. A missing end is no error. */
	if (fd < 0 && errno != ENOENT)
		return -1;
	walk.rest = *path;
	memcpy(out, "/", 2);
	do {
		if (take_next(&walk, name) != 0)
			return -1;
		if (name[0] != '\0' && walk_name(&walk, name) != 0)
			return -1;
	} while (name[0] != '\0');
	return walk.len;
}

ssize_t
root_realpath(struct root *root, const struct relpath *path, char out[PATH_MAX])
{
	struct relpath at = *path;
	ssize_t len;

	if (root->proc_fd < 0)
		return realpath_by_names(root, path, out);
	len = path_at(root, &at, out);
	for (int links = 0; len < 0 && errno == ENOENT; links++) {
		if (links == LINKS_MAX) {
			errno = ELOOP;
			return -1;
		}
		len = step_to_missing(root, &at, out);
		if (len != 0)
			return len;
		len = path_at(root, &at, out);
	}
	return len;
}
