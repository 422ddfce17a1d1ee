/* Names: looked up, made, changed, listed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "poorfs.h"

static int
pin(int directory, const char *name)
{
	return openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

long
on_lookup(const struct request *request)
{
	int directory = node_directory(request->header->nodeid);

	return directory < 0
		   ? directory
		   : answer_entry(request, pin(directory, request->body));
}

/* What was made is pinned, given to the caller, and told. */
static long
answer_made(const struct request *request, int directory, const char *name,
    int result)
{
	int fd = result != 0 ? -1 : pin(directory, name);

	if (fd >= 0 && give_away(request, directory, fd) != 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return answer_entry(request, fd);
}

long
on_mkdir(const struct request *request)
{
	const struct fuse_mkdir_in *in = (const void *)request->body;
	const char *name = (const char *)(in + 1);
	int directory = node_directory(request->header->nodeid);

	if (directory < 0)
		return directory;
	return answer_made(request, directory, name,
	    mkdirat(directory, name, in->mode & 07777));
}

long
on_mknod(const struct request *request)
{
	const struct fuse_mknod_in *in = (const void *)request->body;
	const char *name = (const char *)(in + 1);
	int directory = node_directory(request->header->nodeid);

	if (directory < 0)
		return directory;
	return answer_made(request, directory, name,
	    mknodat(directory, name, in->mode, in->rdev));
}

long
on_symlink(const struct request *request)
{
	const char *name = request->body;
	const char *text = name + strlen(name) + 1;
	int directory = node_directory(request->header->nodeid);

	if (directory < 0)
		return directory;
	return answer_made(request, directory, name,
	    symlinkat(text, directory, name));
}

long
on_link(const struct request *request)
{
	const struct fuse_link_in *in = (const void *)request->body;
	const struct node *old = node_of(in->oldnodeid);
	const char *name = (const char *)(in + 1);
	int directory = node_directory(request->header->nodeid);
	char path[32];

	if ((lacks & LACK_LINK) != 0)
		return -EPERM;
	if (directory < 0 || old == NULL)
		return -ESTALE;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", old->fd);
	if (linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW) != 0)
		return -errno;
	return answer_entry(request, pin(directory, name));
}

long
on_readlink(const struct request *request)
{
	const struct node *node = node_of(request->header->nodeid);
	ssize_t len;

	if (node == NULL)
		return -ESTALE;
	len = readlinkat(node->fd, "", request->out, ROOM);
	return len < 0 ? -errno : (long)len;
}

long
on_unlink(const struct request *request)
{
	int directory = node_directory(request->header->nodeid);

	if (directory < 0)
		return directory;
	return unlinkat(directory, request->body, 0) == 0 ? 0 : -errno;
}

long
on_rmdir(const struct request *request)
{
	int directory = node_directory(request->header->nodeid);

	if (directory < 0)
		return directory;
	return unlinkat(directory, request->body, AT_REMOVEDIR) == 0 ? 0
								     : -errno;
}

static long
rename_by(const struct request *request, uint64_t to_id, const char *name,
    unsigned flags)
{
	const char *new_name = name + strlen(name) + 1;
	int from = node_directory(request->header->nodeid);
	int to = node_directory(to_id);
	struct stat st;

	if (((flags & RENAME_NOREPLACE) && (lacks & LACK_NOREPLACE)) ||
	    ((flags & RENAME_EXCHANGE) && (lacks & LACK_EXCHANGE)))
		return -EINVAL;
	if (from < 0 || to < 0)
		return -ESTALE;
	if (flags == 0 && (lacks & LACK_DIROVER) &&
	    fstatat(to, new_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode))
		return -EEXIST;
	return renameat2(from, name, to, new_name, flags) == 0 ? 0 : -errno;
}

long
on_rename(const struct request *request)
{
	const struct fuse_rename_in *in = (const void *)request->body;

	return rename_by(request, in->newdir, (const char *)(in + 1), 0);
}

long
on_rename2(const struct request *request)
{
	const struct fuse_rename2_in *in = (const void *)request->body;

	return rename_by(request, in->newdir, (const char *)(in + 1),
	    in->flags);
}

long
on_opendir(const struct request *request)
{
	struct fuse_open_out *out = (void *)request->out;
	int fd = node_open(request->header->nodeid, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir == NULL)
		return fd < 0 ? fd : -errno;
	*out = (struct fuse_open_out){ .fh = (uint64_t)(uintptr_t)dir };
	return (long)sizeof(*out);
}

static DIR *
directory_of(uint64_t fh)
{
	return (DIR *)(uintptr_t)fh;
}

long
on_readdir(const struct request *request)
{
	const struct fuse_read_in *in = (const void *)request->body;
	size_t room = in->size < ROOM ? in->size : ROOM, used = 0;
	DIR *dir = directory_of(in->fh);
	const struct dirent *entry;

	seekdir(dir, (long)in->offset);
	while ((entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name);
		struct fuse_dirent *out = (void *)(request->out + used);
		size_t size = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + len);

		if (size > room - used)
			break;
		memset(out, 0, size);
		out->ino = entry->d_ino;
		out->off = (uint64_t)telldir(dir);
		out->namelen = (uint32_t)len;
		out->type = entry->d_type;
		memcpy(out->name, entry->d_name, len);
		used += size;
	}
	return (long)used;
}

long
on_releasedir(const struct request *request)
{
	const struct fuse_release_in *in = (const void *)request->body;

	closedir(directory_of(in->fh));
	return 0;
}
