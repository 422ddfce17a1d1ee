/*
 * Trusts the directory of our own program, which is the administrator's, and
 * /proc to say which that is.
 */
#include "core/twin.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static const char first[] = "/filesonly", twin[] = "/filesonly-nss";

/* Room for a path, and a name behind it. */
struct path {
	char text[PATH_MAX + sizeof(twin)];
};

/* Are we the program of this name? Another in its directory is *beside. */
static int
find_beside(struct path *beside, const char *name, size_t size, bool *is_it)
{
	ssize_t len = readlink("/proc/self/exe", beside->text, PATH_MAX);
	char *slash;

	if (len < 0)
		return -1;
	beside->text[len] = '\0';
	slash = strrchr(beside->text, '/');
	if (len == PATH_MAX || slash == NULL) {
		errno = ENAMETOOLONG;
		return -1;
	}
	*is_it = strcmp(slash, twin) == 0;
	memcpy(slash, name, size);
	return 0;
}

/* All that we read. Its loader would obey more, as LD_PRELOAD. */
static const char *const variables[] = { "SSH_ORIGINAL_COMMAND=",
	"SSH_CONNECTION=", "SSH_USER_AUTH=", "USER=" };

enum { VARIABLES = sizeof(variables) / sizeof(variables[0]) };

static void
keep_variables(char *const *envp, char *kept[VARIABLES + 1])
{
	size_t count = 0;

	for (size_t i = 0; i < VARIABLES; i++) {
		for (size_t n = 0; envp[n] != NULL; n++) {
			if (strncmp(envp[n], variables[i],
				strlen(variables[i])) != 0)
				continue;
			kept[count++] = envp[n];
			break;
		}
	}
	kept[count] = NULL;
}

int
twin_become(char *const *argv, char *const *envp)
{
	char *kept[VARIABLES + 1];
	not_zeroed struct path path;
	bool is_twin;

	if (find_beside(&path, twin, sizeof(twin), &is_twin) != 0)
		return -1;
	if (is_twin) { /* a static program by that name: no end of it */
		errno = ELOOP;
		return -1;
	}
	keep_variables(envp, kept);
	execve(path.text, argv, kept);
	return -1;
}

int
twin_stat_first(struct stat *st)
{
	not_zeroed struct path path;
	bool is_twin;

	if (find_beside(&path, first, sizeof(first), &is_twin) != 0)
		return -1;
	if (!is_twin) {
		errno = ENOENT;
		return -1;
	}
	return stat(path.text, st);
}
