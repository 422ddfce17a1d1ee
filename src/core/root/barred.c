/* fnmatch(3) over the policy's globs, in the C locale: bytes. */
#include "core/root/barred.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#include "core/policy.h"

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
barred_name(const struct barred *barred, const char *name)
{
	if (matches(barred->hide, name))
		return ENOENT;
	return matches(barred->deny, name) ? EACCES : 0;
}

int
barred_new(const struct barred *barred, const char *name)
{
	return barred_name(barred, name) == 0 ? 0 : EACCES;
}

int
barred_path(const struct barred *barred, const char *path)
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
			error = barred_name(barred, name);
		path += len;
		path += *path == '/';
	}
	return error;
}
