/* Finds the names; own_names.c does the rest. */
#include "root/own_changes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "root/free_names.h"
#include "root/lookup.h"
#include "root/own_creations.h"
#include "root/own_names.h"

/* A name in a directory that is open, with the descriptor that we own. */
struct name {
	int fd; /* O_PATH */
	char text[NAME_MAX + 1];
};

#define auto_name __attribute__((cleanup(own_close_name)))

static void
own_close_name(struct name *name)
{
	auto_close_fd(&name->fd);
}

static int
own_find(struct root *root, const struct relpath *path, enum name_use use,
    struct name *name)
{
	name->fd = root_walk_parent(root, path, use, name->text);
	return name->fd < 0 ? -1 : 0;
}

/* Opens an existing object by the descriptor that was judged. */
static int
own_open_existing(struct root *root, const struct relpath *path, int flags,
    const struct own *own)
{
	auto_fd int pinned = root_pin(root, path,
	    (flags & O_NOFOLLOW) != 0 ? NO_FOLLOW : FOLLOW);
	auto_fd int fd = -1;

	if (pinned < 0)
		return -1;
	if (own_may_change(own, pinned)) {
		fd = root_open_pinned(root, pinned, path, flags & ~O_TRUNC);
		if (fd < 0)
			return -1;
	}
	/* A free one could have left in between; now it stays. */
	if (fd < 0 || !own_may_change(own, fd)) {
		errno = EPERM;
		return -1;
	}
	if ((flags & O_TRUNC) != 0 && ftruncate(fd, 0) != 0)
		return -1;
	return take_fd(&fd);
}

int
root_own_open(struct root *root, const struct relpath *path, int flags,
    mode_t mode, struct own *own)
{
	auto_fd int fd = -1;

	if ((flags & O_CREAT) != 0) {
		fd = root_open_file(root, path, flags | O_EXCL, mode);
		if (fd >= 0)
			own_add(own, fd);
		if (fd >= 0 || errno != EEXIST || (flags & O_EXCL) != 0)
			return take_fd(&fd);
	}
	return own_open_existing(root, path, flags & ~O_CREAT, own);
}

int
root_own_mkdir(struct root *root, const struct relpath *path, mode_t mode,
    struct own *own)
{
	auto_name struct name name = { .fd = -1 };
	auto_fd int made = -1;

	if (own_find(root, path, NAME_NEW, &name) != 0 ||
	    own_mkdir_at(own, name.fd, name.text, mode & 07777) != 0)
		return -1;
	if ((mode & S_ISGID) == 0)
		return 0;
	made = root_walk_in(name.fd, name.text, O_PATH | O_NOFOLLOW, 0);
	if (made < 0)
		return -1;
	if (own_may_change(own, made))
		return root_add_setgid(root, made);
	errno = EPERM; /* another directory has the name by now */
	return -1;
}

int
root_own_symlink(struct root *root, const char *text,
    const struct relpath *path, struct own *own)
{
	auto_name struct name name = { .fd = -1 };

	if (path->bytes[path->len - 1] == '/') {
		errno = ENOENT; /* as symlink(2) */
		return -1;
	}
	if (own_find(root, path, NAME_NEW, &name) != 0)
		return -1;
	return own_symlink_at(own, text, name.fd, name.text);
}

int
root_own_link(struct root *root, const struct relpath *from,
    const struct relpath *to, struct own *own)
{
	auto_name struct name source = { .fd = -1 };
	auto_name struct name target = { .fd = -1 };

	if (to->bytes[to->len - 1] == '/') {
		errno = ENOENT; /* as link(2) */
		return -1;
	}
	if (own_find(root, from, NAME_OLD, &source) != 0 ||
	    own_find(root, to, NAME_NEW, &target) != 0)
		return -1;
	switch (free_names_sides(own, source.fd, source.text, target.fd,
	    target.text)) {
	case SIDES_OUTSIDE:
		return linkat(source.fd, source.text, target.fd, target.text,
		    0);
	case SIDES_FREE:
		return free_names_link(own, source.fd, source.text, target.fd,
		    target.text);
	case SIDES_ENTERS:
	case SIDES_LEAVES:
		break;
	}
	errno = EPERM;
	return -1;
}

int
root_own_unlink(struct root *root, const struct relpath *path, struct own *own)
{
	auto_name struct name name = { .fd = -1 };

	if (own_find(root, path, NAME_OLD, &name) != 0)
		return -1;
	return own_unlink_at(own, name.fd, name.text);
}

int
root_own_rmdir(struct root *root, const struct relpath *path, struct own *own)
{
	auto_name struct name name = { .fd = -1 };

	if (own_find(root, path, NAME_OLD, &name) != 0)
		return -1;
	return own_rmdir_at(own, name.fd, name.text);
}

int
root_own_rename(struct root *root, const struct relpath *from,
    const struct relpath *to, struct own *own)
{
	auto_name struct name source = { .fd = -1 };
	auto_name struct name target = { .fd = -1 };

	if (own_find(root, from, NAME_OLD, &source) != 0 ||
	    own_find(root, to, NAME_NEW, &target) != 0)
		return -1;
	return own_rename_at(own, source.fd, source.text, target.fd,
	    target.text);
}

int
root_own_replace(struct root *root, const struct relpath *from,
    const struct relpath *to, struct own *own)
{
	auto_name struct name source = { .fd = -1 };
	auto_name struct name target = { .fd = -1 };

	if (own_find(root, from, NAME_OLD, &source) != 0 ||
	    own_find(root, to, NAME_NEW, &target) != 0)
		return -1;
	return own_replace_at(own, source.fd, source.text, target.fd,
	    target.text);
}
