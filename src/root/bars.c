/* fnmatch(3) over the policy's globs, in the C locale: bytes. */
#include "root/bars.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#include "policy/policy.h"

static bool
matches(const struct texts *globs, const char *name)
{
	if (globs == NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (size_t i = 0; i < globs->count; i++) {
		if (fnmatch(globs->at[i], name, 0) == 0)
			return true;
	}
	return false;
}

int
bars_name(const struct bars *bars, const char *name)
{
	if (matches(bars->hide, name))
		return ENOENT;
	return matches(bars->deny, name) ? EACCES : 0;
}

int
bars_new(const struct bars *bars, const char *name)
{
	return bars_name(bars, name) == 0 ? 0 : EACCES;
}

int
bars_path(const struct bars *bars, const char *path)
{
	char name[NAME_MAX + 1];
	int error = 0;

	while (*path != '\0' && error == 0) {
		size_t len = strcspn(path, "/");

		if (len > NAME_MAX)
			return ENAMETOOLONG;
		memcpy(name, path, len);
		name[len] = '\0';
		if (len > 0)
			error = bars_name(bars, name);
		path += len;
		path += *path == '/';
	}
	return error;
}
