/*
 * Pins, judges, changes, looks again. Trusts no name twice. What it can't
 * take back (a second session gave the old name away in the same instant)
 * stays under the name where it is, and is never removed.
 */
#include "root/own_changes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "root/lookup.h"
#include "root/private_names.h"

/* A name in a directory that is open. */
struct place {
	int fd; /* O_PATH */
	char name[NAME_MAX + 1];
};

#define auto_place __attribute__((cleanup(close_place)))

static void
close_place(struct place *place)
{
	auto_close_fd(&place->fd);
}

static int
find_place(struct root *root, const struct relpath *path, enum name_use use,
    struct place *place)
{
	place->fd = root_walk_parent(root, path, use, place->name);
	return place->fd < 0 ? -1 : 0;
}

static int
pin(int directory, const char *name)
{
	return root_walk_in(directory, name, O_PATH | O_NOFOLLOW, 0);
}

/* Pins what has the name and is own; *st is what it is. */
static int
pin_own(const struct place *place, const struct own *own, struct stat *st)
{
	auto_fd int fd = pin(place->fd, place->name);

	if (fd < 0 || fstat(fd, st) != 0)
		return -1;
	if (!own_is(own, fd)) {
		errno = EPERM;
		return -1;
	}
	return take_fd(&fd);
}

static int
move(int from, const char *from_name, int to, const char *to_name,
    unsigned flags)
{
	return (int)syscall(SYS_renameat2, from, from_name, to, to_name, flags);
}

/*
 * Is what has this name now the object that was judged, or own itself? Yes,
 * too, where nothing has it: another session moved its own on already.
 */
static bool
is_rightly_at(int directory, const char *name, const struct stat *judged,
    const struct own *own)
{
	auto_fd int fd = pin(directory, name);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT;
	if (fstat(fd, &st) != 0)
		return false;
	return (st.st_dev == judged->st_dev && st.st_ino == judged->st_ino) ||
	       own_is(own, fd);
}

/* Takes a move back, if it can be; EPERM is the answer in any case. */
static int
take_back(int from, const char *from_name, int to, const char *to_name)
{
	int moved = move(from, from_name, to, to_name, RENAME_NOREPLACE);

	errno = EPERM;
	return moved == 0 ? -1 : moved;
}

/* Moves an own object to a free name. */
static int
move_own(const struct place *from, int to, const char *to_name,
    const struct stat *judged, const struct own *own)
{
	if (move(from->fd, from->name, to, to_name, RENAME_NOREPLACE) != 0)
		return -1;
	if (is_rightly_at(to, to_name, judged, own))
		return 0;
	return take_back(to, to_name, from->fd, from->name);
}

int
root_own_open(struct root *root, const struct relpath *path, int flags,
    mode_t mode, const struct own *own)
{
	auto_fd int fd = -1;

	if (flags & O_CREAT) {
		fd = root_open_file(root, path, flags | O_EXCL, mode);
		if (fd >= 0 || errno != EEXIST || (flags & O_EXCL))
			return take_fd(&fd);
	}
	fd = root_open_file(root, path, flags & ~(O_CREAT | O_TRUNC), 0);
	if (fd < 0)
		return -1;
	if (!own_is(own, fd)) {
		errno = EPERM;
		return -1;
	}
	if ((flags & O_TRUNC) && ftruncate(fd, 0) != 0)
		return -1;
	return take_fd(&fd);
}

/* Out of the way first: what is removed then is what was judged. */
static int
unlink_at(const struct place *place, const struct own *own)
{
	char aside[PRIVATE_BYTES];
	struct stat st;
	auto_fd int pinned = pin_own(place, own, &st);
	int saved;

	if (pinned < 0 || private_name(aside, PRIVATE_REMOVED) != 0)
		return -1;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if (move_own(place, place->fd, aside, &st, own) != 0)
		return -1;
	if (unlinkat(place->fd, aside, 0) == 0)
		return 0;
	saved = errno;
	if (move(place->fd, aside, place->fd, place->name, RENAME_NOREPLACE) ==
	    0)
		errno = saved;
	return -1;
}

int
root_own_unlink(struct root *root, const struct relpath *path,
    const struct own *own)
{
	auto_place struct place place = { .fd = -1 };

	if (find_place(root, path, NAME_OLD, &place) != 0)
		return -1;
	return unlink_at(&place, own);
}

/* By its name: at worst a directory that is empty goes. */
int
root_own_rmdir(struct root *root, const struct relpath *path,
    const struct own *own)
{
	auto_place struct place place = { .fd = -1 };
	auto_fd int pinned = -1;
	struct stat st;

	if (find_place(root, path, NAME_OLD, &place) != 0)
		return -1;
	pinned = pin_own(&place, own, &st);
	return pinned < 0 ? -1 : unlinkat(place.fd, place.name, AT_REMOVEDIR);
}

int
root_own_rename(struct root *root, const struct relpath *from,
    const struct relpath *to, const struct own *own)
{
	auto_place struct place source = { .fd = -1 };
	auto_place struct place target = { .fd = -1 };
	auto_fd int pinned = -1;
	struct stat st;

	if (find_place(root, from, NAME_OLD, &source) != 0 ||
	    find_place(root, to, NAME_NEW, &target) != 0)
		return -1;
	pinned = pin_own(&source, own, &st);
	return pinned < 0 ? -1
			  : move_own(&source, target.fd, target.name, &st, own);
}

int
root_own_exchange(int directory, const char *private, const char *name,
    const struct own *own)
{
	struct place old = { .fd = directory };
	auto_fd int pinned = -1;
	struct stat st;
	int saved;

	if (strlen(name) > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(old.name, name, strlen(name) + 1);
	pinned = pin_own(&old, own, &st);
	if (pinned < 0)
		return -1;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if (move(directory, private, directory, name, RENAME_EXCHANGE) != 0)
		return -1;
	errno = EPERM;
	if (is_rightly_at(directory, private, &st, own) &&
	    unlinkat(directory, private, 0) == 0)
		return 0;
	saved = errno;
	if (move(directory, private, directory, name, RENAME_EXCHANGE) == 0)
		errno = saved;
	return -1;
}

/* An empty directory is replaced by one: nothing else can be. */
static int
replace_directory(const struct place *from, const struct place *to,
    const struct own *own)
{
	struct stat st;
	auto_fd int pinned = pin_own(to, own, &st);

	if (pinned < 0)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	return move(from->fd, from->name, to->fd, to->name, 0);
}

static int
replace(const struct place *from, const struct place *to, const struct own *own)
{
	char aside[PRIVATE_BYTES];
	struct stat st, there;
	auto_fd int source = pin_own(from, own, &st);
	auto_fd int target = source < 0 ? -1 : pin_own(to, own, &there);
	int saved;

	if (target < 0 || private_name(aside, PRIVATE_REMOVED) != 0)
		return -1;
	/* rename(2): two names of one file stay as they are. */
	if (st.st_dev == there.st_dev && st.st_ino == there.st_ino)
		return 0;
	if (S_ISDIR(st.st_mode))
		return replace_directory(from, to, own);
	if (move_own(from, to->fd, aside, &st, own) != 0)
		return -1;
	if (root_own_exchange(to->fd, aside, to->name, own) == 0)
		return 0;
	saved = errno;
	if (move(to->fd, aside, from->fd, from->name, RENAME_NOREPLACE) == 0)
		errno = saved;
	return -1;
}

int
root_own_replace(struct root *root, const struct relpath *from,
    const struct relpath *to, const struct own *own)
{
	auto_place struct place source = { .fd = -1 };
	auto_place struct place target = { .fd = -1 };
	int result;

	if (find_place(root, from, NAME_OLD, &source) != 0 ||
	    find_place(root, to, NAME_NEW, &target) != 0)
		return -1;
	result = root_own_rename(root, from, to, own);
	if (result == 0 || errno != EEXIST)
		return result;
	return replace(&source, &target, own);
}
