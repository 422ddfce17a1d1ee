/*
 * Maps a client's paths by their text. Collapses ".." before anything else
 * sees it: Landlock does not mediate what a walk through ".." reveals.
 */
#include "subsys/rsync/lexical.h"

#include <string.h>

#include "base/buf.h"

static bool
next_name(const char **at, const char *end, const char **name, size_t *len)
{
	while (*at < end && **at == '/')
		(*at)++;
	if (*at == end)
		return false;
	*name = *at;
	while (*at < end && **at != '/')
		(*at)++;
	*len = (size_t)(*at - *name);
	return true;
}

static bool
is_up(const char *name, size_t len)
{
	return len == 2 && name[0] == '.' && name[1] == '.';
}

static bool
is_here(const char *name, size_t len)
{
	return len == 1 && name[0] == '.';
}

static bool
has_up(const char *raw, const char *end)
{
	const char *name;
	size_t len;

	while (next_name(&raw, end, &name, &len)) {
		if (is_up(name, len))
			return true;
	}
	return false;
}

/* Removes the last name; false where there is none, or it is "..". */
static bool
lexical_pop(struct buf *out)
{
	size_t at = out->len;

	while (at > 0 && out->bytes[at - 1] != '/')
		at--;
	if (out->len == 0 ||
	    is_up((const char *)out->bytes + at, out->len - at))
		return false;
	out->len = at > 0 ? at - 1 : 0;
	return true;
}

static void
lexical_push(struct buf *out, const char *name, size_t len)
{
	if (out->len > 0)
		buf_add(out, "/", 1);
	buf_add(out, name, len);
}

/*
 * Collapses raw..end into out, without "." and inner "..". Returns how many
 * ".." the result begins with.
 */
static size_t
collapse(const char *raw, const char *end, struct buf *out)
{
	bool directory = false; /* ends in "/", "." or ".." */
	size_t up = 0, len;
	const char *name;

	while (next_name(&raw, end, &name, &len)) {
		directory = raw < end || is_up(name, len) || is_here(name, len);
		if (is_here(name, len))
			continue;
		if (is_up(name, len) && lexical_pop(out))
			continue;
		lexical_push(out, name, len);
		up += is_up(name, len);
	}
	if (out->len == 0)
		buf_add(out, ".", 1);
	if (directory)
		buf_add(out, "/", 1);
	return up;
}

static enum lexical_answer
lexical_finish(struct buf *buf, char out[PATH_MAX])
{
	if (buf->full)
		return LEXICAL_TOO_LONG;
	out[buf->len] = '\0';
	return LEXICAL_OK;
}

const char *
lexical_strip(const char *raw, size_t *len, const char *absolute)
{
	size_t own = absolute == NULL ? 0 : strlen(absolute);

	if (own < 2 || *len < own || memcmp(raw, absolute, own) != 0)
		return raw;
	if (*len == own) {
		*len = 1;
		return "/";
	}
	if (raw[own] != '/')
		return raw;
	*len -= own;
	return raw + own;
}

enum lexical_answer
lexical_map(const char *raw, size_t len, char out[PATH_MAX])
{
	const char *end = raw + len;
	struct buf buf;

	if (memchr(raw, '\0', len) != NULL)
		return LEXICAL_NUL;
	while (raw < end && *raw == '/')
		raw++;
	buf_init(&buf, out, PATH_MAX - 1);
	if (raw == end)
		buf_add(&buf, ".", 1);
	else if (!has_up(raw, end))
		buf_add(&buf, raw, (size_t)(end - raw));
	else if (collapse(raw, end, &buf) > 0)
		return LEXICAL_OUTSIDE;
	return lexical_finish(&buf, out);
}

enum lexical_answer
lexical_beside(const char *raw, size_t len, size_t depth, char out[PATH_MAX],
    size_t *up)
{
	const char *end = raw + len;
	struct buf buf;
	size_t climbs;

	if (memchr(raw, '\0', len) != NULL)
		return LEXICAL_NUL;
	if (len > 0 && raw[0] == '/')
		depth = 0;
	buf_init(&buf, out, PATH_MAX - 1);
	climbs = collapse(raw, end, &buf);
	if (climbs > depth)
		return LEXICAL_OUTSIDE;
	if (up != NULL)
		*up = climbs;
	return lexical_finish(&buf, out);
}

size_t
lexical_depth(const char *path)
{
	const char *end = path + strlen(path), *name;
	size_t depth = 0, len;

	while (next_name(&path, end, &name, &len))
		depth += !is_here(name, len);
	return depth;
}

const char *
lexical_reason(enum lexical_answer answer)
{
	switch (answer) {
	case LEXICAL_OK:
		return NULL;
	case LEXICAL_OUTSIDE:
		return "it leaves the directory that is served";
	case LEXICAL_TOO_LONG:
		return "it is too long";
	case LEXICAL_USER:
		return "other accounts' homes are not served";
	case LEXICAL_NUL:
		return "it holds a NUL byte";
	case LEXICAL_MOUNTED:
		return "it lies on another file system, which is not served";
	}
	return NULL;
}
