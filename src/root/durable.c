/*
 * fsync(2) says that a file's name is on the disk only once its directory is.
 * A session that may not read directories can't open one for that: it flushes
 * the file system, by a file without a name there.
 */
#include "root/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "root/lookup.h"

int
durable_file(const struct root *root, int fd)
{
	return root->syncs ? fsync(fd) : 0;
}

static int
flush_file_system(int directory)
{
	auto_fd int fd =
	    root_walk_in(directory, ".", O_TMPFILE | O_WRONLY, 0600);

	return fd < 0 ? -1 : syncfs(fd);
}

int
durable_directory(const struct root *root, int directory)
{
	auto_fd int fd = -1;

	if (!root->syncs)
		return 0;
	fd = root_walk_in(directory, ".", O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return errno == EACCES ? flush_file_system(directory) : -1;
	return fsync(fd);
}

int
durable_name(struct root *root, const struct relpath *path)
{
	char name[NAME_MAX + 1];
	auto_fd int directory = -1;

	if (!root->syncs)
		return 0;
	directory = root_walk_parent(root, path, NAME_OLD, name);
	return directory < 0 ? -1 : durable_directory(root, directory);
}

int
durable_named_file(struct root *root, int fd)
{
	not_zeroed struct relpath path;
	char text[PATH_MAX];
	ssize_t len;

	if (!root->syncs)
		return 0;
	if (fsync(fd) != 0)
		return -1;
	len = root_path_of(root, fd, text);
	if (len < 0)
		return errno == ENOENT ? 0 : -1; /* it was removed */
	if (relpath_parse(&path, text, (size_t)len, NULL) != 0)
		return -1;
	return durable_name(root, &path);
}
