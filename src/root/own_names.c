/*
 * Pins, judges, changes, looks again. Trusts no name twice. What it can't
 * take back (a second session gave the old name away in the same instant)
 * stays under the name where it is, and is never removed.
 */
#include "root/own_names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "root/abilities.h"
#include "root/lookup.h"
#include "root/move.h"
#include "root/private_names.h"
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

static int
own_refuse(void)
{
	errno = EPERM;
	return -1;
}

/* Pins what has the name and is own; *st is what it is. */
static int
own_pin(const struct own *own, int directory, const char *name, struct stat *st)
{
	auto_fd int fd = root_walk_in(directory, name, O_PATH | O_NOFOLLOW, 0);

	if (fd < 0 || fstat(fd, st) != 0)
		return -1;
	return own_is(own, fd) ? take_fd(&fd) : own_refuse();
}

/*
 * True if the name holds the judged object, another own one, or nothing
 * (another session has moved its own on).
 */
static bool
is_rightly_at(const struct own *own, int directory, const char *name,
    const struct stat *judged)
{
	auto_fd int fd = root_walk_in(directory, name, O_PATH | O_NOFOLLOW, 0);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT;
	if (fstat(fd, &st) != 0)
		return false;
	return (st.st_dev == judged->st_dev && st.st_ino == judged->st_ino) ||
	       own_is(own, fd);
}

/* Gives a name back if it is free; the error stays what it was. */
static int
put_back(struct own *own, int from, const char *from_name, int to,
    const char *to_name)
{
	int saved = errno;

	(void)!move_to_free(own->root, from, from_name, to, to_name);
	errno = saved;
	return -1;
}

/* What was moved is what was judged, or it goes back: EPERM. */
static int
stay_if_right(struct own *own, int to, const char *to_name, int from,
    const char *from_name, const struct stat *judged)
{
	if (is_rightly_at(own, to, to_name, judged))
		return 0;
	errno = EPERM;
	return put_back(own, to, to_name, from, from_name);
}

/* Moves an own object to a free name. */
static int
own_move(struct own *own, int from, const char *from_name, int to,
    const char *to_name, const struct stat *judged)
{
	if (move_to_free(own->root, from, from_name, to, to_name) != 0)
		return -1;
	return stay_if_right(own, to, to_name, from, from_name, judged);
}

/*
 * Moves an own object out of the way, to a name that nobody can guess, so that
 * nothing is there to be replaced.
 */
static int
own_move_aside(struct own *own, int from, const char *name, int to,
    char aside[PRIVATE_BYTES], const struct stat *judged)
{
	if (private_name(aside, PRIVATE_REMOVED, 0) != 0 ||
	    move_over(from, name, to, aside) != 0)
		return -1;
	return stay_if_right(own, to, aside, from, name, judged);
}

/* Renames first, to a secret name: then it removes just what was judged. */
int
own_unlink_at(struct own *own, int directory, const char *name)
{
	char aside[PRIVATE_BYTES];
	struct stat st;
	auto_fd int pinned = own_pin(own, directory, name, &st);

	if (pinned < 0)
		return -1;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if (own_move_aside(own, directory, name, directory, aside, &st) != 0)
		return -1;
	if (unlinkat(directory, aside, 0) != 0)
		return put_back(own, directory, aside, directory, name);
	own_forget(own, pinned);
	return 0;
}

/* Removes by name: at worst that is another empty directory. */
int
own_rmdir_at(struct own *own, int directory, const char *name)
{
	struct stat st;
	auto_fd int pinned = own_pin(own, directory, name, &st);

	if (pinned < 0 || unlinkat(directory, name, AT_REMOVEDIR) != 0)
		return -1;
	own_forget(own, pinned);
	return 0;
}

int
own_rename_at(struct own *own, int from, const char *from_name, int to,
    const char *to_name)
{
	struct stat st;
	auto_fd int pinned = own_pin(own, from, from_name, &st);

	return pinned < 0 ? -1
			  : own_move(own, from, from_name, to, to_name, &st);
}

/*
 * Where names can't be exchanged: the old object goes aside, the new one gets
 * the free name. If another session takes that first, the old one is what it
 * would have replaced: it goes all the same.
 */
static int
own_exchange_by_hand(struct own *own, int directory, const char *private,
    const char *name, const struct stat *judged)
{
	char aside[PRIVATE_BYTES];
	int result, saved;

	if (own_move_aside(own, directory, name, directory, aside, judged) != 0)
		return -1;
	result = move_to_free(own->root, directory, private, directory, name);
	saved = errno;
	if (result != 0 && saved != EEXIST)
		return put_back(own, directory, aside, directory, name);
	(void)!unlinkat(directory, aside, 0);
	errno = saved;
	return result;
}

static int
own_exchange(struct own *own, int directory, const char *private,
    const char *name, const struct stat *judged)
{
	struct root *root = own->root;
	int saved;

	if (move_exchange(root, directory, private, directory, name) != 0)
		return errno != EINVAL ? -1
				       : own_exchange_by_hand(own, directory,
					     private, name, judged);
	errno = EPERM;
	if (is_rightly_at(own, directory, private, judged) &&
	    unlinkat(directory, private, 0) == 0)
		return 0;
	saved = errno;
	if (move_exchange(root, directory, private, directory, name) == 0)
		errno = saved;
	return -1;
}

int
own_exchange_at(struct own *own, int directory, const char *private,
    const char *name)
{
	struct stat st;
	auto_fd int pinned = own_pin(own, directory, name, &st);

	if (pinned < 0)
		return -1;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if (own_exchange(own, directory, private, name, &st) != 0)
		return -1;
	own_forget(own, pinned);
	return 0;
}

/* A directory takes the place of an empty one: nothing else can be lost. */
static int
own_replace_directory(struct own *own, int from, const char *from_name, int to,
    const char *to_name, const struct stat *source)
{
	struct stat st;
	auto_fd int pinned = own_pin(own, to, to_name, &st);

	if (pinned < 0)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	if (move_over(from, from_name, to, to_name) != 0)
		return -1;
	own_forget(own, pinned);
	return stay_if_right(own, to, to_name, from, from_name, source);
}

/* The source goes to a private name beside the target, and then in its place.
 */
static int
own_replace(struct own *own, int from, const char *from_name, int to,
    const char *to_name)
{
	char aside[PRIVATE_BYTES];
	struct stat st, there;
	auto_fd int source = own_pin(own, from, from_name, &st);
	auto_fd int target =
	    source < 0 ? -1 : own_pin(own, to, to_name, &there);

	if (target < 0)
		return -1;
	/* rename(2): two names of one file stay as they are. */
	if (st.st_dev == there.st_dev && st.st_ino == there.st_ino)
		return 0;
	if (S_ISDIR(st.st_mode))
		return own_replace_directory(own, from, from_name, to, to_name,
		    &st);
	if (own_move_aside(own, from, from_name, to, aside, &st) != 0)
		return -1;
	if (own_exchange_at(own, to, aside, to_name) == 0)
		return 0;
	return put_back(own, to, aside, from, from_name);
}

int
own_replace_at(struct own *own, int from, const char *from_name, int to,
    const char *to_name)
{
	int result = own_rename_at(own, from, from_name, to, to_name);

	if (result == 0 || errno != EEXIST)
		return result;
	return own_replace(own, from, from_name, to, to_name);
}

int
own_swap_at(struct own *own, int from, const char *from_name, int to,
    const char *to_name)
{
	struct root *root = own->root;
	struct stat st, there;
	auto_fd int source = own_pin(own, from, from_name, &st);
	auto_fd int target =
	    source < 0 ? -1 : own_pin(own, to, to_name, &there);

	if (target < 0 ||
	    move_exchange(root, from, from_name, to, to_name) != 0)
		return -1;
	if (is_rightly_at(own, to, to_name, &st) &&
	    is_rightly_at(own, from, from_name, &there))
		return 0;
	if (move_exchange(root, from, from_name, to, to_name) == 0)
		errno = EPERM;
	return -1;
}
