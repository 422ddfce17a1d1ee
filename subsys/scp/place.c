/* A path that grows and shrinks; what it means is the kernel's to say. */
#include "subsys/scp/place.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "policy/policy.h"
#include "root/private_names.h"
#include "subsys/job.h"

int
place_parse(struct place *place, const struct job *job, const char *name)
{
	const char *text = job->policy->start_dir;
	not_zeroed struct relpath start;

	place->given = name[0] == '\0' ? "." : name;
	place->given_mark = 0;
	place->path.len = 1;
	memcpy(place->path.bytes, ".", 2);
	/* The gate has seen that the start directory exists. */
	if (relpath_parse(&start, text, strlen(text), NULL) != 0)
		abort();
	if (relpath_parse(&place->path, name, strlen(name), &start) != 0) {
		memcpy(place->path.bytes, ".", 2);
		return -1;
	}
	place->given_mark = place_mark(place);
	if (!private_in_path(place->path.bytes))
		return 0;
	errno = ENOENT;
	return -1;
}

/* The root, ".", has no name of its own for others to stand behind. */
size_t
place_mark(const struct place *place)
{
	return strcmp(place->path.bytes, ".") == 0 ? 0 : place->path.len;
}

void
place_return(struct place *place, size_t mark)
{
	struct relpath *path = &place->path;

	path->len = mark;
	if (mark == 0)
		path->bytes[path->len++] = '.';
	path->bytes[path->len] = '\0';
}

int
place_enter(struct place *place, const char *name, size_t len)
{
	struct relpath *path = &place->path;
	size_t mark = place_mark(place), at = mark;
	bool needs_slash = at > 0 && path->bytes[at - 1] != '/';

	if (len >= sizeof(path->bytes) - at - needs_slash) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (needs_slash)
		path->bytes[at++] = '/';
	memcpy(path->bytes + at, name, len);
	path->len = at + len;
	path->bytes[path->len] = '\0';
	if (!private_is(path->bytes + at))
		return 0;
	place_return(place, mark);
	errno = ENOENT;
	return -1;
}

/* Names behind what the client has given; each begins with a slash or not. */
static void
add_below(struct buf *shown, const char *names, size_t len)
{
	while (len > 0 && *names == '/') {
		names++;
		len--;
	}
	if (len > 0 && shown->bytes[shown->len - 1] != '/')
		buf_add_text(shown, "/");
	buf_add(shown, names, len);
}

const char *
place_shown_with(struct place *place, const char *name, size_t len)
{
	size_t mark = place_mark(place), given = place->given_mark;
	struct buf shown;

	buf_init(&shown, place->shown, sizeof(place->shown));
	buf_add(&shown, place->given, strnlen(place->given, PATH_MAX));
	if (mark > given)
		add_below(&shown, place->path.bytes + given, mark - given);
	add_below(&shown, name, len);
	return buf_text(&shown);
}

const char *
place_shown(struct place *place)
{
	return place_shown_with(place, "", 0);
}
