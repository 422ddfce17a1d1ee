/*
 * Matches one path component with one pattern, in time bounded by the product
 * of their lengths: after a mismatch only the last star is tried again, which
 * is enough since a star stands for any bytes.
 */
#include "root/glob.h"

#include <ctype.h>
#include <string.h>

/* The part of a word that is matched. */
struct pattern {
	const char *text;
	const unsigned char *quoted;
	size_t len;
};

static bool
match_is_active(const struct pattern *pattern, size_t i, char byte)
{
	return i < pattern->len && pattern->text[i] == byte &&
	       !pattern->quoted[i];
}

// clang-format off
static const struct {
	const char *name;
	int (*test)(int);
} classes[] = {
	{ "[:alnum:]", isalnum }, { "[:alpha:]", isalpha },
	{ "[:blank:]", isblank }, { "[:cntrl:]", iscntrl },
	{ "[:digit:]", isdigit }, { "[:graph:]", isgraph },
	{ "[:lower:]", islower }, { "[:print:]", isprint },
	{ "[:punct:]", ispunct }, { "[:space:]", isspace },
	{ "[:upper:]", isupper }, { "[:xdigit:]", isxdigit },
};
// clang-format on

/* Returns the length of the "[:name:]" at i in a set and sets *belongs where
 * byte is in that class; 0 where there is none. */
static size_t
match_class(const struct pattern *pattern, size_t i, unsigned char byte,
    bool *belongs)
{
	for (size_t c = 0; c < sizeof(classes) / sizeof(classes[0]); c++) {
		size_t len = strlen(classes[c].name);

		if (pattern->len - i < len ||
		    memcmp(pattern->text + i, classes[c].name, len) != 0)
			continue;
		*belongs = *belongs || classes[c].test(byte) != 0;
		return len;
	}
	return 0;
}

/* Returns the index of the ] that ends the set which opens at i, or 0. */
static size_t
set_end(const struct pattern *pattern, size_t i)
{
	size_t at = i + 1;
	bool unused = false;

	if (match_is_active(pattern, at, '!') ||
	    match_is_active(pattern, at, '^'))
		at++;
	for (size_t first = at; at < pattern->len; at++) {
		if (match_is_active(pattern, at, ']') && at > first)
			return at;
		if (match_is_active(pattern, at, '[')) {
			size_t len = match_class(pattern, at, 0, &unused);

			at += len > 0 ? len - 1 : 0;
		}
	}
	return 0;
}

/* Is byte in the set [i..end]? */
static bool
match_set(const struct pattern *pattern, size_t i, size_t end,
    unsigned char byte)
{
	const unsigned char *text = (const unsigned char *)pattern->text;
	bool negated = false, belongs = false;
	size_t at = i + 1;

	if (match_is_active(pattern, at, '!') ||
	    match_is_active(pattern, at, '^')) {
		negated = true;
		at++;
	}
	while (at < end) {
		size_t len = match_is_active(pattern, at, '[')
				 ? match_class(pattern, at, byte, &belongs)
				 : 0;

		if (len > 0) {
			at += len;
		} else if (at + 2 < end &&
			   match_is_active(pattern, at + 1, '-')) {
			belongs = belongs ||
				  (text[at] <= byte && byte <= text[at + 2]);
			at += 3;
		} else {
			belongs = belongs || text[at] == byte;
			at++;
		}
	}
	return belongs != negated;
}

/* Does the item at i match byte? *next is the index behind the item. */
static bool
match_one(const struct pattern *pattern, size_t i, char byte, size_t *next)
{
	size_t end;

	*next = i + 1;
	if (i >= pattern->len)
		return false;
	if (match_is_active(pattern, i, '?'))
		return true;
	if (match_is_active(pattern, i, '[')) {
		end = set_end(pattern, i);
		if (end > 0) {
			*next = end + 1;
			return match_set(pattern, i, end, (unsigned char)byte);
		}
	}
	return pattern->text[i] == byte;
}

bool
glob_match(const struct word *word, size_t from, size_t to, const char *name,
    bool dots)
{
	const struct pattern pattern = { word->text + from, word->quoted + from,
		to - from };
	size_t i = 0, star = SIZE_MAX, next;
	const char *retry = NULL;

	if (name[0] == '.' && !dots &&
	    !(pattern.len > 0 && pattern.text[0] == '.'))
		return false;
	while (*name != '\0') {
		if (match_is_active(&pattern, i, '*')) {
			star = ++i;
			retry = name;
		} else if (match_one(&pattern, i, *name, &next)) {
			i = next;
			name++;
		} else if (retry != NULL) {
			i = star;
			name = ++retry;
		} else {
			return false;
		}
	}
	while (match_is_active(&pattern, i, '*'))
		i++;
	return i == pattern.len;
}
