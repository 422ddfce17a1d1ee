/*
 * renameat2(2), and what takes its place. Trusts no name twice: between two
 * calls any other process may have given it to another object.
 */
#include "root/move.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "root/lookup.h"
#include "root/private_names.h"
#include "root/root.h"

/* A name in a directory. */
struct place {
	int fd;
	const char *name;
};

/* Which object, of what kind, and whose. */
struct object {
	uint64_t device, inode;
	uid_t owner;
	bool is_directory, is_file;
};

static int
renameat2_of(const struct place *from, const struct place *to, unsigned flags)
{
	return (int)syscall(SYS_renameat2, from->fd, from->name, to->fd,
	    to->name, flags);
}

int
move_over(int from, const char *from_name, int to, const char *to_name)
{
	const struct place source = { from, from_name };
	const struct place target = { to, to_name };

	return renameat2_of(&source, &target, 0);
}

static int
identify(int fd, const char *name, int flags, struct object *object)
{
	const unsigned wanted = STATX_TYPE | STATX_INO | STATX_UID;
	struct statx st;

	/* A server is asked for no more than the name. */
	if (statx(fd, name, flags | AT_STATX_DONT_SYNC, wanted, &st) != 0)
		return -1;
	*object = (struct object){ .device = abilities_device(&st),
		.inode = st.stx_ino,
		.owner = st.stx_uid,
		.is_directory = S_ISDIR(st.stx_mode),
		.is_file = S_ISREG(st.stx_mode) };
	return 0;
}

/* Identifies the object that has the name now. */
static int
look(const struct place *place, struct object *object)
{
	return identify(place->fd, place->name, AT_SYMLINK_NOFOLLOW, object);
}

static bool
is_same(const struct object *a, const struct object *b)
{
	return a->device == b->device && a->inode == b->inode;
}

static bool
has(const struct place *place, const struct object *object)
{
	struct object now;

	return look(place, &now) == 0 && is_same(&now, object);
}

static int
move_failed(int error)
{
	errno = error;
	return -1;
}

/*
 * Gives an object its name back that was taken from it by mistake. If the name
 * has another one by now, it stays aside: nothing is lost.
 */
static void
give_back(const struct place *aside, const struct place *place)
{
	if (renameat2_of(aside, place, RENAME_NOREPLACE) == 0 ||
	    errno != EINVAL)
		return;
	if (linkat(aside->fd, aside->name, place->fd, place->name, 0) == 0)
		(void)!unlinkat(aside->fd, aside->name, 0);
}

/*
 * Removes the name if it is still this object's; else the other object keeps
 * it, and the answer is ESTALE. The name could change hands between a look and
 * a removal: so the object is first renamed to a name that nobody can guess.
 */
static int
remove_name_of(const struct place *place, const struct object *object)
{
	char room[PRIVATE_BYTES];
	const struct place aside = { place->fd, room };
	struct object taken;

	if (private_name(room, PRIVATE_REMOVED, 0) != 0 ||
	    renameat2_of(place, &aside, 0) != 0)
		return -1;
	if (look(&aside, &taken) == 0 && is_same(&taken, object))
		return unlinkat(aside.fd, aside.name, 0);
	give_back(&aside, place);
	return move_failed(ESTALE);
}

/*
 * Links the pinned object, whatever has its name now. Without /proc it links
 * what has the name, and looks afterwards which object that was.
 */
static int
link_pinned(const struct root *root, int pinned, const struct place *from,
    const struct place *to, struct object *linked)
{
	char number[16];

	if (root->proc_fd < 0)
		return linkat(from->fd, from->name, to->fd, to->name, 0) == 0
			   ? look(to, linked)
			   : -1;
	snprintf(number, sizeof(number), "%d", pinned);
	return linkat(root->proc_fd, number, to->fd, to->name,
	    AT_SYMLINK_FOLLOW);
}

/* Gives the file its second name, then takes the first away. */
static int
move_by_link(const struct root *root, int pinned, const struct place *from,
    const struct place *to, const struct object *moved)
{
	struct object linked = *moved;
	int error;

	if (link_pinned(root, pinned, from, to, &linked) != 0)
		return -1;
	/* Nobody gives our own private names to anything else. */
	if (private_is(from->name))
		return unlinkat(from->fd, from->name, 0);
	if (remove_name_of(from, &linked) == 0)
		return 0;
	/* Another object has the old name already, as after a rename. */
	error = errno;
	if (error == ESTALE)
		return 0;
	/* The old name can't be taken away (a sticky directory, say). */
	(void)!remove_name_of(to, &linked);
	return move_failed(error);
}

/* An empty file: one request to a server, where it knows how. */
static int
make_empty(const struct place *to)
{
	auto_fd int fd = -1;

	if (mknodat(to->fd, to->name, S_IFREG, 0) == 0)
		return 0;
	if (errno == EEXIST)
		return -1;
	fd = root_walk_in(to->fd, to->name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0);
	return fd < 0 ? -1 : 0;
}

/* Occupies the name with an empty object, which *held identifies. */
static int
hold_name(const struct place *to, bool directory, struct object *held)
{
	if ((directory ? mkdirat(to->fd, to->name, 0700) : make_empty(to)) != 0)
		return -1;
	return look(to, held);
}

static void
let_name_go(const struct place *to, const struct object *held)
{
	int saved = errno;

	if (held->is_directory)
		(void)!unlinkat(to->fd, to->name, AT_REMOVEDIR);
	else
		(void)!remove_name_of(to, held);
	errno = saved;
}

static int
move_over_held(const struct place *from, const struct place *to,
    const struct object *moved)
{
	struct object held;
	int result;

	if (hold_name(to, moved->is_directory, &held) != 0)
		return -1;
	if (!has(to, &held))
		return move_failed(EEXIST);
	result = renameat2_of(from, to, 0);
	if (result == 0)
		return 0;
	let_name_go(to, &held);
	/*
	 * The file system renames no directory over another one (rclone's
	 * mounts), and the kernel none over a file: nothing can be replaced.
	 */
	if (moved->is_directory && (errno == EEXIST || errno == ENOTEMPTY) &&
	    !has(to, &held))
		return renameat2_of(from, to, 0);
	return result;
}

/*
 * Is it the file system, or this object, that can't be linked? (EPERM: no hard
 * links, or fs.protected_hardlinks forbids this one; EXDEV: another quota.)
 */
static bool
cannot_link(int error)
{
	return error == EPERM || error == EOPNOTSUPP || error == ENOSYS ||
	       error == EMLINK || error == EXDEV || error == EACCES;
}

/*
 * Is it the file system? EPERM says so of a file of our own, which no sysctl
 * forbids to link. (Where it was immutable, others are moved without a link
 * from now on, which is as good.)
 */
static bool
links_lack(const struct root *root, int error, const struct object *object)
{
	return error == EOPNOTSUPP || error == ENOSYS ||
	       (error == EPERM && object->is_file &&
		   object->owner == root->uid);
}

/* Tries a hard link, then an empty object that holds the name. */
static int
move_without_noreplace(struct root *root, const struct place *from,
    const struct place *to)
{
	struct file_system *fs = abilities_of(&root->abilities, to->fd);
	auto_fd int pinned =
	    root_walk_in(from->fd, from->name, O_PATH | O_NOFOLLOW, 0);
	struct object moved;

	if (pinned < 0 || identify(pinned, "", AT_EMPTY_PATH, &moved) != 0)
		return -1;
	/* For a directory EINVAL may mean that it would lie in itself. */
	if (!moved.is_directory)
		fs->lacks_noreplace = true;
	if (!moved.is_directory && !fs->lacks_links) {
		if (move_by_link(root, pinned, from, to, &moved) == 0)
			return 0;
		if (!cannot_link(errno))
			return -1;
		fs->lacks_links = links_lack(root, errno, &moved);
	}
	return move_over_held(from, to, &moved);
}

int
move_to_free(struct root *root, int from, const char *from_name, int to,
    const char *to_name)
{
	const struct place source = { from, from_name };
	const struct place target = { to, to_name };

	if (!abilities_of(&root->abilities, to)->lacks_noreplace) {
		if (renameat2_of(&source, &target, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EINVAL)
			return -1;
	}
	return move_without_noreplace(root, &source, &target);
}

int
move_link(const struct root *root, int pinned, int to, const char *to_name)
{
	const struct place target = { to, to_name };

	return root->proc_fd < 0
		   ? move_failed(EPERM)
		   : link_pinned(root, pinned, NULL, &target, NULL);
}

int
move_unlink(int pinned, int directory, const char *name)
{
	const struct place place = { directory, name };
	struct object object;

	return identify(pinned, "", AT_EMPTY_PATH, &object) != 0
		   ? -1
		   : remove_name_of(&place, &object);
}

int
move_pinned(struct root *root, int pinned, int from, const char *from_name,
    int to, const char *to_name)
{
	const struct place source = { from, from_name };
	const struct place target = { to, to_name };
	struct object moved;

	if (root->proc_fd < 0)
		return move_failed(EPERM);
	if (identify(pinned, "", AT_EMPTY_PATH, &moved) != 0)
		return -1;
	return move_by_link(root, pinned, &source, &target, &moved);
}

int
move_exchange(struct root *root, int from, const char *from_name, int to,
    const char *to_name)
{
	const struct place source = { from, from_name };
	const struct place target = { to, to_name };
	struct file_system *fs = abilities_of(&root->abilities, to);

	if (fs->lacks_exchange)
		return move_failed(EINVAL);
	if (renameat2_of(&source, &target, RENAME_EXCHANGE) == 0)
		return 0;
	fs->lacks_exchange = errno == EINVAL;
	return -1;
}
