/*
 * Symlink texts and canonical paths, also of what is not there yet.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

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
