/* Paths as the server sees them: canonical, and where a session starts. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "root/root.h"
#include "session/session.h"
#include "subsys/sftp/ops.h"

/*
 * Appends the names of a path to "/", without "." and empty ones. Removes a
 * name with the ".." behind it, or keeps both.
 */
static size_t
clean_path(const struct relpath *path, bool keeps_up, char out[PATH_MAX + 1])
{
	const char *at = path->bytes;
	size_t len = 0, part;

	for (; *at != '\0'; at += part + (at[part] == '/')) {
		part = strcspn(at, "/");
		if (part == 0 || (part == 1 && at[0] == '.'))
			continue;
		if (part == 2 && memcmp(at, "..", 2) == 0 && !keeps_up) {
			while (len > 0 && out[--len] != '/')
				;
			continue;
		}
		out[len++] = '/';
		memcpy(out + len, at, part);
		len += part;
	}
	if (len == 0)
		out[len++] = '/';
	out[len] = '\0';
	return len;
}

/*
 * A drop box tells no symlink's target: where real, which the path leads to,
 * is not the path's own names, the answer is the path as it was asked for,
 * which means the same.
 */
static void
reply_without_targets(struct sftp *sftp, const struct relpath *path,
    const char *real)
{
	not_zeroed char named[PATH_MAX + 1];
	size_t len = clean_path(path, false, named);

	if (strcmp(named, real) != 0)
		len = clean_path(path, true, named);
	out_name(&sftp->out, sftp->id, named, len);
}

/*
 * "file/" means "file" here, as with the realpath of OpenSSH; but then the
 * name must exist.
 */
static int
reply_realpath(struct sftp *sftp, const struct relpath *asked)
{
	not_zeroed struct relpath path;
	not_zeroed char real[PATH_MAX];
	bool slash = false;
	struct stat st;
	ssize_t len;

	path.len = asked->len;
	memcpy(path.bytes, asked->bytes, path.len + 1);
	for (; path.len > 1 && path.bytes[path.len - 1] == '/'; slash = true)
		path.bytes[--path.len] = '\0';
	if (slash && root_cache_stat(&sftp->cache, &path, FOLLOW, &st) != 0)
		return FAILED;
	len = root_cache_realpath(&sftp->cache, &path, real);
	if (len < 0)
		return FAILED;
	if (sftp->grant.tells_names)
		out_name(&sftp->out, sftp->id, real, (size_t)len);
	else
		reply_without_targets(sftp, &path, real);
	return REPLIED;
}

/* Replies with the real path of a path as the client wrote it. */
static int
reply_path(struct sftp *sftp, const unsigned char *bytes, size_t len)
{
	not_zeroed struct relpath path;

	if (relpath_parse(&path, (const char *)bytes, len, &sftp->start) != 0)
		return FAILED;
	return reply_realpath(sftp, &path);
}

int
op_realpath(struct sftp *sftp, const struct fields *fields)
{
	return reply_realpath(sftp, &fields->paths[0]);
}

/* "~" and "~/x" begin at the start; "~user" is told of no account. */
int
op_expand_path(struct sftp *sftp, const struct fields *fields)
{
	struct slice path = fields->strings[0];

	if (path.len > 0 && path.at[0] == '~') {
		if (path.len > 1 && path.at[1] != '/') {
			out_status(&sftp->out, sftp->id, STATUS_NO_SUCH_FILE, 0,
			    "no such user");
			return REPLIED;
		}
		for (path.at++, path.len--; path.len > 0 && path.at[0] == '/';
		     path.len--)
			path.at++;
	}
	return reply_path(sftp, path.at, path.len);
}

int
op_home_directory(struct sftp *sftp, const struct fields *fields)
{
	const struct slice *user = &fields->strings[0];
	const char *own = sftp->job->session->user;

	if (user->len != 0 &&
	    (user->len != strlen(own) || memcmp(user->at, own, user->len) != 0))
		return reply_status(sftp, STATUS_FAILURE);
	return reply_path(sftp, NULL, 0);
}
