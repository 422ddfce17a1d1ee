/* Inodes that the kernel knows by number, and their attributes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "poorfs.h"

enum { NODES_MAX = 16384 };

static struct node nodes[NODES_MAX]; /* number 1 is the root */
static uint64_t generation;

void
nodes_begin(int root)
{
	struct stat st;

	if (fstat(root, &st) != 0)
		exit(1);
	nodes[FUSE_ROOT_ID] = (struct node){ .fd = root,
		.device = st.st_dev,
		.inode = st.st_ino,
		.lookups = 1 };
	for (int i = FUSE_ROOT_ID + 1; i < NODES_MAX; i++)
		nodes[i].fd = -1;
}

struct node *
node_of(uint64_t id)
{
	return id < NODES_MAX && nodes[id].lookups > 0 ? &nodes[id] : NULL;
}

int
node_directory(uint64_t id)
{
	const struct node *node = node_of(id);
	struct stat st;

	if (node == NULL || fstat(node->fd, &st) != 0)
		return -ESTALE;
	/* Another mount of it has removed it meanwhile. */
	return st.st_nlink == 0 ? -ESTALE : node->fd;
}

int
node_open(uint64_t id, int flags)
{
	const struct node *node = node_of(id);
	char path[32];
	int fd;

	if (node == NULL)
		return -ESTALE;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", node->fd);
	fd = open(path, (flags & ~(O_NOFOLLOW | O_CREAT | O_EXCL)) | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void
fill_attr(struct fuse_attr *attr, const struct stat *st)
{
	*attr = (struct fuse_attr){ .ino = st->st_ino,
		.size = (uint64_t)st->st_size,
		.blocks = (uint64_t)st->st_blocks,
		.atime = (uint64_t)st->st_atim.tv_sec,
		.mtime = (uint64_t)st->st_mtim.tv_sec,
		.ctime = (uint64_t)st->st_ctim.tv_sec,
		.atimensec = (uint32_t)st->st_atim.tv_nsec,
		.mtimensec = (uint32_t)st->st_mtim.tv_nsec,
		.ctimensec = (uint32_t)st->st_ctim.tv_nsec,
		.mode = st->st_mode,
		.nlink = (uint32_t)st->st_nlink,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.rdev = (uint32_t)st->st_rdev,
		.blksize = 4096 };
}

/* The number under which the kernel will know it. Takes fd over. */
static uint64_t
enter(int fd, const struct stat *st)
{
	uint64_t free_one = 0;

	for (uint64_t id = FUSE_ROOT_ID; id < NODES_MAX; id++) {
		if (nodes[id].lookups == 0) {
			if (free_one == 0)
				free_one = id;
			continue;
		}
		if (nodes[id].device == st->st_dev &&
		    nodes[id].inode == st->st_ino) {
			close(fd);
			nodes[id].lookups++;
			return id;
		}
	}
	if (free_one != 0)
		nodes[free_one] = (struct node){ .fd = fd,
			.device = st->st_dev,
			.inode = st->st_ino,
			.lookups = 1,
			.generation = ++generation };
	return free_one;
}

long
fill_entry(struct fuse_entry_out *entry, int fd)
{
	struct stat st;
	uint64_t id;

	if (fstat(fd, &st) != 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	id = enter(fd, &st);
	if (id == 0) {
		close(fd);
		return -ENFILE;
	}
	*entry = (struct fuse_entry_out){ .nodeid = id,
		.generation = nodes[id].generation,
		.entry_valid = cache_seconds,
		.attr_valid = cache_seconds };
	fill_attr(&entry->attr, &st);
	return (long)sizeof(*entry);
}

long
answer_entry(const struct request *request, int fd)
{
	if (fd < 0)
		return -errno;
	return fill_entry((struct fuse_entry_out *)(void *)request->out, fd);
}

static void
forget(uint64_t id, uint64_t lookups)
{
	struct node *node = node_of(id);

	if (node == NULL || id == FUSE_ROOT_ID)
		return;
	node->lookups -= lookups < node->lookups ? lookups : node->lookups;
	if (node->lookups > 0)
		return;
	close(node->fd);
	node->fd = -1;
}

long
on_forget(const struct request *request)
{
	const struct fuse_forget_in *in = (const void *)request->body;

	forget(request->header->nodeid, in->nlookup);
	return NO_ANSWER;
}

long
on_batch_forget(const struct request *request)
{
	const struct fuse_batch_forget_in *in = (const void *)request->body;
	const struct fuse_forget_one *each = (const void *)(in + 1);

	for (uint32_t i = 0; i < in->count; i++)
		forget(each[i].nodeid, each[i].nlookup);
	return NO_ANSWER;
}

static long
answer_attr(const struct request *request, const struct node *node)
{
	struct fuse_attr_out *out = (void *)request->out;
	struct stat st;

	if (fstat(node->fd, &st) != 0)
		return -errno;
	*out = (struct fuse_attr_out){ .attr_valid = cache_seconds };
	fill_attr(&out->attr, &st);
	return (long)sizeof(*out);
}

long
on_getattr(const struct request *request)
{
	const struct node *node = node_of(request->header->nodeid);

	return node == NULL ? -ESTALE : answer_attr(request, node);
}

static struct timespec
time_to_set(const struct fuse_setattr_in *in, uint32_t bit, uint32_t now,
    uint64_t seconds, uint32_t ns)
{
	struct timespec result = { .tv_nsec = UTIME_OMIT };

	if ((in->valid & now) != 0)
		result.tv_nsec = UTIME_NOW;
	else if ((in->valid & bit) != 0)
		result = (struct timespec){ (time_t)seconds, (long)ns };
	return result;
}

static int
set_times(const struct node *node, const struct fuse_setattr_in *in)
{
	struct timespec times[2];

	times[0] = time_to_set(in, FATTR_ATIME, FATTR_ATIME_NOW, in->atime,
	    in->atimensec);
	times[1] = time_to_set(in, FATTR_MTIME, FATTR_MTIME_NOW, in->mtime,
	    in->mtimensec);
	return utimensat(node->fd, "", times, AT_EMPTY_PATH);
}

long
on_setattr(const struct request *request)
{
	const struct fuse_setattr_in *in = (const void *)request->body;
	const struct node *node = node_of(request->header->nodeid);
	char path[32];

	if (node == NULL)
		return -ESTALE;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", node->fd);
	if ((in->valid & FATTR_MODE) != 0 && chmod(path, in->mode & 07777) != 0)
		return -errno;
	if ((in->valid & (FATTR_UID | FATTR_GID)) != 0 &&
	    fchownat(node->fd, "",
		(in->valid & FATTR_UID) != 0 ? in->uid : (uid_t)-1,
		(in->valid & FATTR_GID) != 0 ? in->gid : (gid_t)-1,
		AT_EMPTY_PATH) != 0)
		return -errno;
	if ((in->valid & FATTR_SIZE) != 0 &&
	    truncate(path, (off_t)in->size) != 0)
		return -errno;
	if ((in->valid & (FATTR_ATIME | FATTR_MTIME)) != 0 &&
	    set_times(node, in) != 0)
		return -errno;
	return answer_attr(request, node);
}

/* Linux 6.6's; its structures are carried as Debian 12 has none. */
struct poor_sx_time {
	int64_t tv_sec;
	uint32_t tv_nsec;
	int32_t reserved;
};

struct poor_statx_out {
	uint64_t attr_valid;
	uint32_t attr_valid_nsec;
	uint32_t flags;
	uint64_t spare[2];
	struct {
		uint32_t mask, blksize;
		uint64_t attributes;
		uint32_t nlink, uid, gid;
		uint16_t mode, spare0;
		uint64_t ino, size, blocks, attributes_mask;
		struct poor_sx_time atime, btime, ctime, mtime;
		uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
		uint64_t spare2[14];
	} stat;
};

static struct poor_sx_time
sx_time(const struct statx_timestamp *stamp)
{
	return (struct poor_sx_time){ stamp->tv_sec, stamp->tv_nsec, 0 };
}

long
on_statx(const struct request *request)
{
	const struct node *node = node_of(request->header->nodeid);
	struct poor_statx_out *out = (void *)request->out;
	struct statx st;

	if ((lacks & LACK_BIRTH) != 0)
		return -ENOSYS;
	if (node == NULL)
		return -ESTALE;
	if (statx(node->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME,
		&st) != 0)
		return -errno;
	*out = (struct poor_statx_out){ .attr_valid = cache_seconds };
	out->stat.mask = st.stx_mask;
	out->stat.blksize = 4096;
	out->stat.nlink = st.stx_nlink;
	out->stat.uid = st.stx_uid;
	out->stat.gid = st.stx_gid;
	out->stat.mode = st.stx_mode;
	out->stat.ino = st.stx_ino;
	out->stat.size = st.stx_size;
	out->stat.blocks = st.stx_blocks;
	out->stat.atime = sx_time(&st.stx_atime);
	out->stat.btime = sx_time(&st.stx_btime);
	out->stat.ctime = sx_time(&st.stx_ctime);
	out->stat.mtime = sx_time(&st.stx_mtime);
	return (long)sizeof(*out);
}
