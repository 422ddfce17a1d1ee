/*
 * Makes, then looks what has the name. Trusts it only as far as what is there
 * could be what was made.
 */
#include "root/own_creations.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "root/abilities.h"
#include "root/lookup.h"
#include "root/root.h"

/*
 * Was the object born since then? Yes, too, where births can't be believed or
 * none is told: by tmpfs of older kernels, by small inodes of ext4.
 */
static bool
is_born_since(const struct own *own, int fd, const struct timespec *since)
{
	struct abilities *abilities = &own->root->abilities;
	struct statx st;

	if (!abilities_of(abilities, fd)->keeps_births)
		return true;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &st) != 0)
		return false;
	if ((st.stx_mask & STATX_BTIME) == 0)
		return true;
	return st.stx_btime.tv_sec > since->tv_sec ||
	       (st.stx_btime.tv_sec == since->tv_sec &&
		   st.stx_btime.tv_nsec >= (uint32_t)since->tv_nsec);
}

/*
 * Adds the object that a call without a descriptor has just created. Another
 * session may have given its name to another object since: so the object must
 * be of the same kind, have no other name, and where births can be believed be
 * born since the call.
 */
static void
own_add_made(struct own *own, int directory, const char *name, mode_t kind,
    const struct timespec *before)
{
	auto_fd int fd = root_walk_in(directory, name, O_PATH | O_NOFOLLOW, 0);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == kind &&
	    (kind == S_IFDIR || st.st_nlink == 1) &&
	    is_born_since(own, fd, before))
		own_add(own, fd);
}

/* The coarse clock: the kernel stamps births by it, or later. */
static struct timespec
now_at_the_earliest(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now;
}

int
own_mkdir_at(struct own *own, int directory, const char *name, mode_t mode)
{
	const struct timespec before = now_at_the_earliest();

	if (mkdirat(directory, name, mode) != 0)
		return -1;
	own_add_made(own, directory, name, S_IFDIR, &before);
	return 0;
}

int
own_mknod_at(struct own *own, int directory, const char *name, mode_t mode,
    dev_t device)
{
	const struct timespec before = now_at_the_earliest();
	mode_t kind = (mode & S_IFMT) == 0 ? S_IFREG : mode & S_IFMT;

	if (mknodat(directory, name, mode, device) != 0)
		return -1;
	own_add_made(own, directory, name, kind, &before);
	return 0;
}

int
own_symlink_at(struct own *own, const char *text, int directory,
    const char *name)
{
	const struct timespec before = now_at_the_earliest();

	if (symlinkat(text, directory, name) != 0)
		return -1;
	own_add_made(own, directory, name, S_IFLNK, &before);
	return 0;
}
