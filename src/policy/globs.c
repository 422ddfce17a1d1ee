/*
 * In brackets POSIX and glibc disagree about backslashes, and libcs about
 * what is not closed: such a pattern would guard one session and not another.
 */
#include "policy/globs.h"

#include <string.h>

/* The length of a class at the start of the text, or 0. */
static size_t
class_length(const char *text, size_t len)
{
	static const char *const classes[] = { "[:alnum:]", "[:alpha:]",
		"[:blank:]", "[:cntrl:]", "[:digit:]", "[:graph:]", "[:lower:]",
		"[:print:]", "[:punct:]", "[:space:]", "[:upper:]",
		"[:xdigit:]" };

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		size_t class = strlen(classes[i]);

		if (class <= len && memcmp(text, classes[i], class) == 0)
			return class;
	}
	return 0;
}

/* The length of one thing in brackets: a class, a range or a byte; 0: none. */
static size_t
element_length(const char *text, size_t len, bool is_first)
{
	size_t class = class_length(text, len);

	if (class > 0)
		return class;
	/* Behind each of these stands at least what closes the bracket. */
	if (len < 2 || text[0] == '\\' || text[0] == '/' ||
	    (text[0] == '[' && strchr(":.=", text[1]) != NULL) ||
	    (text[0] == '-' && !is_first && text[1] != ']'))
		return 0;
	if (len < 4 || text[1] != '-' || text[2] == ']')
		return 1;
	return strchr("-[\\/", text[2]) == NULL &&
		       (unsigned char)text[0] <= (unsigned char)text[2]
		   ? 3
		   : 0;
}

/* The length of a bracket with all in it, or 0: not clear. */
static size_t
bracket_length(const char *text, size_t len)
{
	size_t start = len > 1 && (text[1] == '!' || text[1] == '^') ? 2 : 1;
	size_t i = start;

	while (i < len && (text[i] != ']' || i == start)) {
		size_t part = element_length(text + i, len - i, i == start);

		if (part == 0)
			return 0;
		i += part;
	}
	return i < len ? i + 1 : 0;
}

bool
glob_is_clear(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len) {
		size_t part = 1;

		if (text[i] == '/')
			return false;
		if (text[i] == '\\')
			part = i + 1 < len && text[i + 1] != '/' ? 2 : 0;
		else if (text[i] == '[')
			part = bracket_length(text + i, len - i);
		if (part == 0)
			return false;
		i += part;
	}
	return true;
}
