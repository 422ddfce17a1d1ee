/*
 * A gate may be started in another directory than the server (a key's command=
 * begins in the home), and must know these files all the same.
 */
#include "serve/server_paths.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"

/* "DIRECTORY/NAME", never freed. */
static const char *
join_path(const char *directory, const char *name)
{
	const size_t size = strlen(directory) + strlen(name) + 2;
	char *path = xcalloc(1, size);

	snprintf(path, size, "%s/%s", directory, name);
	return path;
}

/* Paths in the home, where none were given. A uid needs no account. */
static int
fill_in(struct server_options *options, struct buf *why)
{
	bool needs_keys =
	    options->config == NULL && options->authorized_keys == NULL;

	if (options->host_key_count > 0 && !needs_keys)
		return 0;
	if (options->home == NULL) {
		buf_add_text(why, "without a home, --host-key and "
				  "--authorized-keys must be given");
		return -1;
	}
	if (options->host_key_count == 0)
		options->host_keys[options->host_key_count++] =
		    join_path(options->home, ".filesonlyd_host_key");
	if (needs_keys)
		options->authorized_keys =
		    join_path(options->home, ".ssh/authorized_keys");
	return 0;
}

static int
make_absolute(const char **path, struct buf *why)
{
	char here[PATH_MAX];

	if (*path == NULL || (*path)[0] == '/')
		return 0;
	if (getcwd(here, sizeof(here)) == NULL) {
		buf_addf(why, "%s: the current directory is not known: %s",
		    *path, strerror(errno));
		return -1;
	}
	*path = join_path(here, *path);
	return 0;
}

int
server_paths_settle(struct server_options *options, struct buf *why)
{
	const struct passwd *user = getpwuid(geteuid());

	if (user != NULL && user->pw_dir[0] == '/')
		options->home = xstrdup(user->pw_dir);
	if (fill_in(options, why) != 0 ||
	    make_absolute(&options->authorized_keys, why) != 0 ||
	    make_absolute(&options->config, why) != 0)
		return -1;
	for (size_t i = 0; i < options->host_key_count; i++) {
		if (make_absolute(&options->host_keys[i], why) != 0)
			return -1;
	}
	return 0;
}
