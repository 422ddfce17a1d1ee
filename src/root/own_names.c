/*
 * Pins, judges, changes, looks again. Trusts no name twice. What it can't
 * take back (a second session gave the old name away in the same instant)
 * stays under the name where it is, and is never removed.
 */
#include "root/own_names.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "root/free_names.h"
#include "root/lookup.h"
#include "root/move.h"
#include "root/private_names.h"
#include "root/root.h"

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
	auto_fd int fd = -1;
	struct stat st;

	/* The judged object is pinned: no other one has its number. */
	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_dev == judged->st_dev && st.st_ino == judged->st_ino)
		return true;
	fd = root_walk_in(directory, name, O_PATH | O_NOFOLLOW, 0);
	return fd < 0 ? errno == ENOENT : own_is(own, fd);
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

/* Checks that the judged object was moved; moves back another one (EPERM). */
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
	auto_fd int pinned = -1;

	if (free_dirs_have_name(&own->free, directory, name))
		return free_names_remove(own, directory, name, 0);
	pinned = own_pin(own, directory, name, &st);
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
	auto_fd int pinned = -1;

	if (free_dirs_have_name(&own->free, directory, name))
		return free_names_remove(own, directory, name, AT_REMOVEDIR);
	pinned = own_pin(own, directory, name, &st);
	if (pinned < 0 || unlinkat(directory, name, AT_REMOVEDIR) != 0)
		return -1;
	own_forget(own, pinned);
	return 0;
}

/* Onto a free name, neither below a free directory. */
static int
own_rename_outside(struct own *own, int from, const char *from_name, int to,
    const char *to_name)
{
	struct stat st;
	auto_fd int pinned = own_pin(own, from, from_name, &st);

	return pinned < 0 ? -1
			  : own_move(own, from, from_name, to, to_name, &st);
}

/*
 * From outside to a name below a free directory that is not taken: the very
 * file that was judged gets it, and no other that has its name meanwhile. (A
 * directory could hold what others have made.)
 */
static int
own_enter(struct own *own, int from, const char *from_name, int to,
    const char *to_name)
{
	struct stat st;
	auto_fd int pinned = own_pin(own, from, from_name, &st);
	int error;

	if (pinned < 0)
		return -1;
	if (!S_ISREG(st.st_mode))
		return own_refuse();
	if (move_link(own->root, pinned, to, to_name) != 0)
		return -1;
	if (own_unlink_at(own, from, from_name) == 0)
		return 0;
	error = errno;
	(void)!move_unlink(pinned, to, to_name);
	errno = error;
	return -1;
}

/* One of the names, or both, lie below a free directory. */
static int
own_rename_free(struct own *own, enum free_sides sides, int from,
    const char *from_name, int to, const char *to_name, bool replaces)
{
	return sides == SIDES_ENTERS
		   ? own_enter(own, from, from_name, to, to_name)
		   : free_names_rename(own, sides, from, from_name, to, to_name,
			 replaces);
}

int
own_rename_at(struct own *own, int from, const char *from_name, int to,
    const char *to_name)
{
	enum free_sides sides =
	    free_names_sides(own, from, from_name, to, to_name);

	return sides == SIDES_OUTSIDE
		   ? own_rename_outside(own, from, from_name, to, to_name)
		   : own_rename_free(own, sides, from, from_name, to, to_name,
			 false);
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

/*
 * Two names were exchanged by mistake. Exchanged once more they are right,
 * unless the second one was given away meanwhile, or removed: then what has the
 * private name, which the caller may remove, is not *mine. It gets the other
 * name if that is free, and else one under which it stays.
 */
static void
own_exchange_back(struct own *own, int directory, const char *private,
    const char *name, const struct stat *mine)
{
	char aside[PRIVATE_BYTES];
	struct stat st;

	(void)!move_exchange(own->root, directory, private, directory, name);
	if (fstatat(directory, private, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_dev == mine->st_dev && st.st_ino == mine->st_ino)
		return;
	if (move_to_free(own->root, directory, private, directory, name) != 0 &&
	    private_name(aside, PRIVATE_REMOVED, 0) == 0)
		(void)!move_over(directory, private, directory, aside);
}

static int
own_exchange(struct own *own, int directory, const char *private,
    const char *name, const struct stat *judged)
{
	struct stat mine;
	int saved;

	if (fstatat(directory, private, &mine, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	if (move_exchange(own->root, directory, private, directory, name) != 0)
		return errno != EINVAL ? -1
				       : own_exchange_by_hand(own, directory,
					     private, name, judged);
	errno = EPERM;
	if (is_rightly_at(own, directory, private, judged) &&
	    unlinkat(directory, private, 0) == 0)
		return 0;
	saved = errno;
	own_exchange_back(own, directory, private, name, &mine);
	errno = saved;
	return -1;
}

int
own_exchange_at(struct own *own, int directory, const char *private,
    const char *name)
{
	struct stat st;
	auto_fd int pinned = -1;

	if (free_dirs_have_name(&own->free, directory, name))
		return free_names_rename(own, SIDES_FREE, directory, private,
		    directory, name, true);
	pinned = own_pin(own, directory, name, &st);
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

/*
 * A directory takes the place of an empty one: nothing else can be lost. With
 * the slash the kernel renames nothing but a directory, and that over no file,
 * whatever has the names by then.
 */
static int
own_replace_directory(struct own *own, int from, const char *from_name, int to,
    const char *to_name, const struct stat *source)
{
	char slashed[NAME_MAX + 2];
	struct stat st;
	auto_fd int pinned = own_pin(own, to, to_name, &st);

	if (pinned < 0)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	snprintf(slashed, sizeof(slashed), "%s/", from_name);
	if (move_over(from, slashed, to, to_name) != 0)
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
	enum free_sides sides =
	    free_names_sides(own, from, from_name, to, to_name);
	int result;

	if (sides != SIDES_OUTSIDE)
		return own_rename_free(own, sides, from, from_name, to, to_name,
		    true);
	result = own_rename_outside(own, from, from_name, to, to_name);
	if (result == 0 || errno != EEXIST)
		return result;
	return own_replace(own, from, from_name, to, to_name);
}

int
own_swap_at(struct own *own, int from, const char *from_name, int to,
    const char *to_name)
{
	struct root *root = own->root;
	enum free_sides sides =
	    free_names_sides(own, from, from_name, to, to_name);
	struct stat st, there;
	auto_fd int source = -1, target = -1;

	if (sides != SIDES_OUTSIDE)
		return free_names_swap(own, sides, from, from_name, to,
		    to_name);
	source = own_pin(own, from, from_name, &st);
	target = source < 0 ? -1 : own_pin(own, to, to_name, &there);
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
