/* Open files: their handle is a descriptor of ours. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "poorfs.h"

/* A directory's setgid bit has given the group already. */
int
give_away(const struct request *request, int directory, int fd)
{
	struct stat st;
	gid_t gid = request->header->gid;

	if (fstat(directory, &st) != 0)
		return -1;
	if ((st.st_mode & S_ISGID) != 0)
		gid = (gid_t)-1;
	return fchownat(fd, "", request->header->uid, gid, AT_EMPTY_PATH);
}

static long
answer_open(struct fuse_open_out *out, int fd)
{
	*out = (struct fuse_open_out){ .fh = (uint64_t)fd };
	return (long)sizeof(*out);
}

long
on_open(const struct request *request)
{
	const struct fuse_open_in *in = (const void *)request->body;
	int fd = node_open(request->header->nodeid, (int)in->flags);

	return fd < 0 ? fd : answer_open((void *)request->out, fd);
}

/* The new file is entered by a descriptor of its own. */
static long
answer_create(const struct request *request, int directory, int fd)
{
	struct fuse_entry_out *entry = (void *)request->out;
	char path[32];
	int pinned;
	long len;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	pinned = open(path, O_PATH | O_CLOEXEC);
	if (pinned < 0 || give_away(request, directory, pinned) != 0)
		len = -errno;
	else
		len = fill_entry(entry, pinned);
	if (len < 0) {
		close(fd);
		return len;
	}
	return len + answer_open((void *)(request->out + len), fd);
}

long
on_create(const struct request *request)
{
	const struct fuse_create_in *in = (const void *)request->body;
	const char *name = (const char *)(in + 1);
	int directory = node_directory(request->header->nodeid);
	int fd;

	if (directory < 0)
		return directory;
	fd = openat(directory, name,
	    (int)in->flags | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
	    in->mode & 07777);
	return fd < 0 ? -errno : answer_create(request, directory, fd);
}

long
on_tmpfile(const struct request *request)
{
	const struct fuse_create_in *in = (const void *)request->body;
	int directory = node_directory(request->header->nodeid);
	int fd;

	if ((lacks & LACK_TMPFILE) != 0)
		return -ENOSYS;
	if (directory < 0)
		return directory;
	fd = openat(directory, ".",
	    ((int)in->flags & (FD_ACCESS | O_APPEND)) | O_TMPFILE | O_CLOEXEC,
	    in->mode & 07777);
	return fd < 0 ? -errno : answer_create(request, directory, fd);
}

long
on_read(const struct request *request)
{
	const struct fuse_read_in *in = (const void *)request->body;
	ssize_t got = pread((int)in->fh, request->out,
	    in->size < ROOM ? in->size : ROOM, (off_t)in->offset);

	return got < 0 ? -errno : (long)got;
}

long
on_write(const struct request *request)
{
	const struct fuse_write_in *in = (const void *)request->body;
	struct fuse_write_out *out = (void *)request->out;
	ssize_t put = pwrite((int)in->fh, in + 1, in->size, (off_t)in->offset);

	if (put < 0)
		return -errno;
	*out = (struct fuse_write_out){ .size = (uint32_t)put };
	return (long)sizeof(*out);
}

long
on_release(const struct request *request)
{
	const struct fuse_release_in *in = (const void *)request->body;

	close((int)in->fh);
	return 0;
}

long
on_flush(const struct request *request)
{
	const struct fuse_flush_in *in = (const void *)request->body;
	int flags = fcntl((int)in->fh, F_GETFL);

	return (lacks & LACK_ROOM) != 0 && (flags & FD_ACCESS) != O_RDONLY
		   ? -ENOSPC
		   : 0;
}

long
on_fsync(const struct request *request)
{
	const struct fuse_fsync_in *in = (const void *)request->body;

	return fsync((int)in->fh) == 0 ? 0 : -errno;
}

/* Locks that another mount of the same directory sees: the backing file's. */
static struct flock
lock_of(const struct fuse_lk_in *in)
{
	return (struct flock){ .l_type = (short)in->lk.type,
		.l_whence = SEEK_SET,
		.l_start = (off_t)in->lk.start,
		.l_len = in->lk.end >= INT64_MAX
			     ? 0
			     : (off_t)(in->lk.end - in->lk.start + 1) };
}

long
on_setlk(const struct request *request)
{
	const struct fuse_lk_in *in = (const void *)request->body;
	struct flock lock = lock_of(in);

	return fcntl((int)in->fh, F_OFD_SETLK, &lock) == 0 ? 0 : -errno;
}

long
on_getlk(const struct request *request)
{
	const struct fuse_lk_in *in = (const void *)request->body;
	struct fuse_lk_out *out = (void *)request->out;
	struct flock lock = lock_of(in);

	if (fcntl((int)in->fh, F_OFD_GETLK, &lock) != 0)
		return -errno;
	*out = (struct fuse_lk_out){ .lk = in->lk };
	out->lk.type = (uint32_t)lock.l_type;
	return (long)sizeof(*out);
}

long
on_statfs(const struct request *request)
{
	struct fuse_statfs_out *out = (void *)request->out;
	const struct node *node = node_of(request->header->nodeid);
	struct statvfs fs;

	if (node == NULL)
		return -ESTALE;
	if (fstatvfs(node->fd, &fs) != 0)
		return -errno;
	*out = (struct fuse_statfs_out){
		.st = { .blocks = fs.f_blocks,
		    .bfree = fs.f_bfree,
		    .bavail = fs.f_bavail,
		    .files = fs.f_files,
		    .ffree = fs.f_ffree,
		    .bsize = (uint32_t)fs.f_bsize,
		    .namelen = (uint32_t)fs.f_namemax,
		    .frsize = (uint32_t)fs.f_frsize },
	};
	return (long)sizeof(*out);
}
