/* One table of the kinds that have names. Pure. */
#include "policy/section.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *word;
	enum section_kind kind;
} named[] = {
	{ "group", SECTION_GROUP },
	{ "user", SECTION_USER },
	{ "profile", SECTION_PROFILE },
};

/* The name in "KIND NAME", or NULL where the section is of another kind. */
static const char *
name_in(const char *section, const char *kind)
{
	size_t len = strlen(kind);

	if (strncmp(section, kind, len) != 0 ||
	    (section[len] != ' ' && section[len] != '\t'))
		return NULL;
	return section + len + strspn(section + len, " \t");
}

enum section_kind
section_read(const char *text, const char **name)
{
	*name = NULL;
	if (text[0] == '\0')
		return SECTION_NONE;
	if (strcmp(text, "defaults") == 0)
		return SECTION_DEFAULTS;
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++) {
		*name = name_in(text, named[i].word);
		if (*name != NULL)
			return named[i].kind;
	}
	return SECTION_UNKNOWN;
}

bool
section_is_same(const char *a, const char *b)
{
	size_t len = strcspn(a, " \t");

	return strncmp(a, b, len) == 0 && strcspn(b, " \t") == len &&
	       strcmp(a + len + strspn(a + len, " \t"),
		   b + len + strspn(b + len, " \t")) == 0;
}
