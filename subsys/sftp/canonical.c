/* Paths as the server sees them: canonical, and where a session starts. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "root/root.h"
#include "session/session.h"
#include "subsys/sftp/ops.h"

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
	out_name(&sftp->out, sftp->id, real, (size_t)len);
	return REPLIED;
}

/* Of bytes that begin where relative paths do. */
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
