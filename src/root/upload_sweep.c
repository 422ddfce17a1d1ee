/*
 * Locks are the open file's (F_OFD_SETLK): they end with it, however the
 * process ends.
 */
#include "root/upload_sweep.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "root/abilities.h"
#include "root/lookup.h"
#include "root/private_names.h"
#include "root/root.h"

enum { BATCH = 8 << 10 };

/* getdents64(2) */
struct entry {
	uint64_t inode;
	int64_t next;
	unsigned short len;
	unsigned char type;
	char name[];
};

uint32_t
upload_mark(const struct root *root, uint64_t device)
{
	/* Without a boot's number there is none that could be ours again. */
	return root->boot == 0
		   ? 0
		   : root->boot ^
			 (uint32_t)(device ^ device >> 32) * 2654435761U;
}

int
upload_lock(int fd)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &all);
}

void
upload_keep(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || fchmod(fd, st.st_mode & 07777) != 0)
		return;
}

/* Was it made by this kernel, on the file system where it lies? */
static bool
is_of_here(const struct root *root, int directory, const char *name)
{
	struct statx st;

	return root->boot != 0 &&
	       statx(directory, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0,
		   &st) == 0 &&
	       private_has_mark(name, upload_mark(root, abilities_device(&st)));
}

static bool
is_old(const struct stat *st)
{
	struct timespec now;

	return clock_gettime(CLOCK_REALTIME, &now) == 0 &&
	       now.tv_sec - st->st_ctim.tv_sec > UPLOAD_STALE_S;
}

void
upload_sweep_name(struct root *root, int directory, const char *name)
{
	struct stat st;
	auto_fd int fd = -1;

	if (!private_is_kind(name, PRIVATE_UPLOAD))
		return;
	fd = root_walk_in(directory, name,
	    O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != root->uid ||
	    (!is_of_here(root, directory, name) && !is_old(&st)) ||
	    upload_lock(fd) != 0)
		return;
	if (unlinkat(directory, name, 0) != 0)
		return;
}

void
upload_sweep(struct root *root, int directory)
{
	_Alignas(struct entry) unsigned char room[BATCH];
	auto_fd int fd =
	    root_walk_in(directory, ".", O_RDONLY | O_DIRECTORY, 0);
	long got;

	while (fd >= 0 &&
	       (got = syscall(SYS_getdents64, fd, room, sizeof(room))) > 0) {
		for (long at = 0; at < got;) {
			const struct entry *entry =
			    (const struct entry *)(const void *)(room + at);

			at += entry->len;
			upload_sweep_name(root, fd, entry->name);
		}
	}
}
