/*
 * From an object to its name: symlink texts and canonical paths. A path is
 * the kernel's own text for a pinned descriptor with the root's text, as it
 * is at that moment, taken off the front: it stays right when the root moves.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "core/root/root.h"
#include "core/root/rootwalk.h"

enum { LINKS_MAX = 40 }; /* the kernel's own limit (path_resolution(7)) */

/* readlinkat with a NUL behind; ENAMETOOLONG where it may be cut. */
static ssize_t
read_text(int fd, const char *name, char out[PATH_MAX])
{
	ssize_t len = readlinkat(fd, name, out, PATH_MAX);

	if (len >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (len >= 0)
		out[len] = '\0';
	return len;
}

ssize_t
root_readlink(struct root *root, const struct relpath *path, char out[PATH_MAX])
{
	auto_fd int fd = root_pin(root, path, NO_FOLLOW);
	ssize_t len;

	if (fd < 0)
		return -1;
	len = read_text(fd, "", out);
	/* With an empty name "not a symlink" is ENOENT. */
	if (len < 0 && errno == ENOENT)
		errno = EINVAL;
	return len;
}

static ssize_t
text_of(const struct root *root, int fd, char out[PATH_MAX])
{
	struct buf number;
	char room[16];

	if (root->proc_fd < 0) {
		errno = ENOSYS;
		return -1;
	}
	buf_init(&number, room, sizeof(room));
	buf_add_number(&number, (uint64_t)fd, 0);
	return read_text(root->proc_fd, buf_text(&number), out);
}

ssize_t
root_own_path(const struct root *root, char out[PATH_MAX])
{
	return text_of(root, root->fd, out);
}

/* " (deleted)" may be the kernel's remark or the end of a name. */
static int
check_still_there(struct root *root, int fd, const char *text)
{
	static const char remark[] = " (deleted)";
	size_t len = strlen(text);
	struct stat named, held;
	struct relpath path;

	if (len < sizeof(remark) ||
	    strcmp(text + len - (sizeof(remark) - 1), remark) != 0)
		return 0;
	if (relpath_parse(&path, text, len, NULL) != 0 ||
	    root_stat(root, &path, NO_FOLLOW, &named) != 0 ||
	    fstat(fd, &held) != 0 || named.st_dev != held.st_dev ||
	    named.st_ino != held.st_ino) {
		errno = ENOENT;
		return -1;
	}
	return 0;
}

ssize_t
root_path_of(struct root *root, int fd, char out[PATH_MAX])
{
	not_zeroed char top[PATH_MAX], text[PATH_MAX];
	ssize_t top_len = text_of(root, root->fd, top);
	ssize_t len = text_of(root, fd, text);
	const char *below;

	if (top_len < 0 || len < 0)
		return -1;
	if (strcmp(top, "/") == 0)
		top_len = 0;
	below = text + top_len;
	if (len < top_len || memcmp(text, top, (size_t)top_len) != 0 ||
	    (*below != '/' && *below != '\0')) {
		errno = ENOENT; /* moved out, or deleted with the root */
		return -1;
	}
	if (*below == '\0')
		below = "/";
	len = (ssize_t)strlen(below);
	memcpy(out, below, (size_t)len + 1);
	return check_still_there(root, fd, out) == 0 ? len : -1;
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

ssize_t
root_realpath(struct root *root, const struct relpath *path, char out[PATH_MAX])
{
	struct relpath at = *path;
	ssize_t len = path_at(root, &at, out);

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
