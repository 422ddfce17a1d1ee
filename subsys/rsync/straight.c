/* The kernel's answers (root/inside.h) put together as rsync reads paths. */
#include "subsys/rsync/straight.h"

#include <string.h>

#include "base/buf.h"
#include "root/inside.h"

/* "DIRECTORY/NAME"; false where it does not fit. */
static bool
straight_join(char *out, size_t size, const char *directory, const char *name)
{
	struct buf buf;

	buf_init(&buf, out, size - 1);
	buf_addf(&buf, "%s/%s", directory, name);
	out[buf.len] = '\0';
	return !buf.full;
}

void
straight_source(const struct root *root, char name[PATH_MAX])
{
	char last[NAME_MAX + 1] = "", straight[PATH_MAX];
	size_t len = strlen(name);
	struct inside_place place;
	struct relpath path, parent;

	if (strchr(name, '/') == NULL ||
	    relpath_parse(&path, name, len, NULL) != 0)
		return;
	if (name[len - 1] != '/') {
		if (relpath_split(&path, &parent, last) != 0)
			return;
		path = parent;
	}
	if (inside_find(root, &path, &place) == 0 && place.is_directory &&
	    straight_join(straight, sizeof(straight), place.real, last))
		memcpy(name, straight, strlen(straight) + 1);
}

bool
straight_destination(const struct root *root, const char *name, char *dest,
    size_t size, bool *is_directory)
{
	size_t len = strlen(name);
	char last[NAME_MAX + 1];
	struct inside_place place, above;
	struct relpath path, parent;
	struct buf buf;

	*is_directory = false;
	buf_init(&buf, dest, size - 1);
	if (relpath_parse(&path, name, len, NULL) != 0 ||
	    inside_find(root, &path, &place) != 0) {
		buf_add_text(&buf, name);
		buf_text(&buf);
		return !buf.full;
	}
	*is_directory = place.is_there ? place.is_directory
				       : len > 0 && name[len - 1] == '/';
	if (place.is_there && !place.is_directory &&
	    relpath_split(&path, &parent, last) == 0 &&
	    inside_find(root, &parent, &above) == 0)
		return straight_join(dest, size, above.real, last);
	buf_add_text(&buf, place.real);
	buf_text(&buf);
	return !buf.full;
}

bool
straight_path(const struct root *root, const char *path, char real[PATH_MAX])
{
	size_t len = strlen(path);
	struct inside_place place;
	struct relpath plain;

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (relpath_parse(&plain, path, len, NULL) != 0 ||
	    inside_find(root, &plain, &place) != 0 ||
	    strcmp(plain.bytes, place.real) == 0)
		return false;
	memcpy(real, place.real, sizeof(place.real));
	return true;
}
