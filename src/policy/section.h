/* The headers of sections: [defaults], [group NAME], [user NAME], ... */
#ifndef FILESONLY_POLICY_SECTION_H
#define FILESONLY_POLICY_SECTION_H

#include <stdbool.h>

enum section_kind {
	SECTION_NONE, /* "": a line before the first header */
	SECTION_DEFAULTS,
	SECTION_GROUP,
	SECTION_USER,
	SECTION_PROFILE,
	SECTION_UNKNOWN,
};

/* Reads what stands between the brackets. *name is its NAME, in text, or NULL
 * where the kind has none. */
enum section_kind section_read(const char *text, const char **name);

/* Blanks between kind and name don't make another section. */
bool section_is_same(const char *a, const char *b);

#endif
