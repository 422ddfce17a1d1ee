/*
 * A client's bytes become a path that the root takes. Pure: no file is
 * looked at, nothing is normalised, since only the kernel knows what ".."
 * means behind a symlink.
 */
#include "root/relpath.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Appends len bytes; false where they don't fit with their NUL. */
static bool
append(struct relpath *path, const char *bytes, size_t len)
{
	if (len >= sizeof(path->bytes) - path->len)
		return false;
	memcpy(path->bytes + path->len, bytes, len);
	path->len += len;
	path->bytes[path->len] = '\0';
	return true;
}

static bool
is_top(const struct relpath *path)
{
	return path == NULL || strcmp(path->bytes, ".") == 0;
}

/* start may be path itself, so it is read before path is written. */
static bool
put_start(struct relpath *path, const struct relpath *start)
{
	if (is_top(start)) {
		path->len = 0;
		return true;
	}
	if (path != start) {
		memcpy(path->bytes, start->bytes, start->len + 1);
		path->len = start->len;
	}
	return path->bytes[path->len - 1] == '/' || append(path, "/", 1);
}

int
relpath_parse(struct relpath *path, const char *raw, size_t len,
    const struct relpath *start)
{
	if (len > 0 && memchr(raw, '\0', len) != NULL) {
		errno = EINVAL;
		return -1;
	}
	if (len >= sizeof(path->bytes)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (len > 0 && raw[0] == '/')
		start = NULL;
	for (; len > 0 && raw[0] == '/'; len--)
		raw++;
	if (len == 0 && !is_top(start)) {
		if (path != start)
			*path = *start;
		return 0;
	}
	if (!put_start(path, start) ||
	    !append(path, len == 0 ? "." : raw, len == 0 ? 1 : len)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

int
relpath_split(const struct relpath *path, struct relpath *parent,
    char name[NAME_MAX + 1])
{
	const char *bytes = path->bytes;
	size_t end = path->len, begin, len;

	while (end > 0 && bytes[end - 1] == '/')
		end--;
	for (begin = end; begin > 0 && bytes[begin - 1] != '/';)
		begin--;
	len = end - begin;
	if (len > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, bytes + begin, len);
	name[len] = '\0';
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		errno = begin == 0 && len == 1 ? EBUSY : EINVAL;
		return -1;
	}
	while (begin > 0 && bytes[begin - 1] == '/')
		begin--;
	return relpath_parse(parent, bytes, begin, NULL);
}
