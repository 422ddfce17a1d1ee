/*
 * Trusts the kernel's walk from one directory to the next, and what it says of
 * an open descriptor. A path is only a hint where to look for a file.
 */
#include "root/free_dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "policy/policy.h"
#include "root/lookup.h"
#include "root/private_names.h"
#include "root/root.h"

enum { DEEPEST = 1024 }; /* directories that are walked up */

/* One step, or several down, that no symlink and no mount may lead astray. */
static int
free_step(int directory, const char *path, int flags, uint64_t resolve)
{
	const struct open_how how = {
		.flags = (unsigned)(O_PATH | O_CLOEXEC | flags),
		.resolve =
		    RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | resolve,
	};

	return (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
}

static bool
free_identify(int fd, struct free_dir *object)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &st) !=
		0 ||
	    (st.stx_mask & STATX_INO) == 0)
		return false;
	object->device = abilities_device(&st);
	object->inode = st.stx_ino;
	return true;
}

static bool
free_is_same(const struct free_dir *a, const struct free_dir *b)
{
	return a->device == b->device && a->inode == b->inode;
}

/* The root itself, mounted below itself, would free everything. */
static int
free_open_one(struct free_dir *dir, const struct root *root, const char *path)
{
	struct free_dir top;

	dir->fd = free_step(root->fd, path, O_DIRECTORY,
	    RESOLVE_BENEATH | (root->one_file_system ? RESOLVE_NO_XDEV : 0));
	if (dir->fd < 0)
		return -1;
	if (free_identify(dir->fd, dir) && free_identify(root->fd, &top) &&
	    !free_is_same(dir, &top))
		return 0;
	auto_close_fd(&dir->fd);
	errno = EINVAL;
	return -1;
}

int
free_dirs_open(struct free_dirs *dirs, const struct root *root,
    const struct texts *paths, const char **missing)
{
	int error;

	*dirs = (struct free_dirs){ 0 };
	if (paths->count == 0)
		return 0;
	dirs->at = xcalloc(paths->count, sizeof(*dirs->at));
	for (; dirs->count < paths->count; dirs->count++) {
		const char *path = paths->at[dirs->count];

		if (free_open_one(&dirs->at[dirs->count], root, path) == 0)
			continue;
		error = errno;
		if (missing != NULL)
			*missing = path;
		free_dirs_close(dirs);
		errno = error;
		return -1;
	}
	return 0;
}

void
free_dirs_close(struct free_dirs *dirs)
{
	for (size_t i = 0; i < dirs->count; i++)
		auto_close_fd(&dirs->at[i].fd);
	free(dirs->at);
	*dirs = (struct free_dirs){ 0 };
}

static bool
free_is_one(const struct free_dirs *dirs, const struct free_dir *object)
{
	for (size_t i = 0; i < dirs->count; i++) {
		if (free_is_same(&dirs->at[i], object))
			return true;
	}
	return false;
}

/* Is the directory one of them, or below one? */
static bool
free_holds(const struct free_dirs *dirs, int directory)
{
	auto_fd int above = -1;
	struct free_dir object, last = { 0 };

	for (int depth = 0; depth < DEEPEST; depth++) {
		int here = above < 0 ? directory : above;
		int next;

		if (!free_identify(here, &object) ||
		    (depth > 0 && free_is_same(&object, &last)))
			return false;
		if (free_is_one(dirs, &object))
			return true;
		last = object;
		next = free_step(here, "..", O_DIRECTORY, RESOLVE_NO_XDEV);
		auto_close_fd(&above);
		above = next;
		if (above < 0)
			return false;
	}
	return false;
}

bool
free_dirs_have_name(const struct free_dirs *dirs, int directory,
    const char *name)
{
	return dirs->count > 0 && !private_is(name) &&
	       free_holds(dirs, directory);
}

/*
 * Opens the directory of the path, the kernel's own, which is cut there; *name
 * is what follows. Returns -1 where there is none.
 */
static int
free_open_parent(const struct root *root, char *path, const char **name)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL)
		return -1;
	*slash = '\0';
	*name = slash + 1;
	return free_step(root->fd, path[0] == '\0' ? "." : path + 1,
	    O_DIRECTORY, RESOLVE_BENEATH);
}

/*
 * Is the name there, now that all removals which had begun have ended? While a
 * name is removed the kernel does not count it any more, but still finds it. It
 * has locked the directory for that long; so does a rename before it looks, and
 * one that may replace nothing, of a name to itself, ends there with EEXIST.
 */
static bool
free_name_stays(int directory, const char *name)
{
	return syscall(SYS_renameat2, directory, name, directory, name,
		   RENAME_NOREPLACE) != 0 &&
	       errno == EEXIST;
}

/* Is that still the name by which the file was pinned? */
static bool
free_is_named(struct root *root, int fd, const char *directory,
    const char *name)
{
	not_zeroed char path[PATH_MAX];
	size_t len = strlen(directory);

	return root_path_of(root, fd, path) > 0 &&
	       strncmp(path, directory, len) == 0 && path[len] == '/' &&
	       strcmp(path + len + 1, name) == 0;
}

/* Is the name by which the file was pinned in a free directory? */
static bool
free_has_file(const struct free_dirs *dirs, struct root *root, int fd,
    const struct free_dir *file)
{
	not_zeroed char path[PATH_MAX];
	const char *name;
	auto_fd int parent = -1;
	auto_fd int found = -1;
	struct free_dir named;

	if (root_path_of(root, fd, path) <= 0)
		return false;
	parent = free_open_parent(root, path, &name);
	if (parent < 0 || !free_dirs_have_name(dirs, parent, name) ||
	    !free_name_stays(parent, name) ||
	    !free_is_named(root, fd, path, name))
		return false;
	found = free_step(parent, name, O_NOFOLLOW, RESOLVE_NO_XDEV);
	return found >= 0 && free_identify(found, &named) &&
	       free_is_same(&named, file);
}

bool
free_dirs_lead_to(const struct free_dirs *dirs, struct root *root, int fd)
{
	auto_fd int parent = -1;
	struct free_dir object;
	struct stat st;

	if (dirs->count == 0 || fstat(fd, &st) != 0)
		return false;
	if (S_ISDIR(st.st_mode)) {
		parent = free_step(fd, "..", O_DIRECTORY, RESOLVE_NO_XDEV);
		return parent >= 0 && free_holds(dirs, parent);
	}
	return free_identify(fd, &object) &&
	       free_has_file(dirs, root, fd, &object);
}

bool
free_dirs_lead_elsewhere(const struct free_dirs *dirs, struct root *root,
    int fd)
{
	not_zeroed char path[PATH_MAX];
	const char *name;
	auto_fd int parent = -1;

	if (dirs->count == 0)
		return true;
	if (root_path_of(root, fd, path) <= 0)
		return false;
	parent = free_open_parent(root, path, &name);
	return parent >= 0 && !free_dirs_have_name(dirs, parent, name);
}

static bool
free_has_one_name(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISDIR(st.st_mode) || st.st_nlink == 1);
}

/*
 * Its names are counted before the one is looked for: that was counted, since
 * it is there later than that. And once more: an administrator can link it.
 */
bool
free_dirs_have(const struct free_dirs *dirs, struct root *root, int fd)
{
	return dirs->count > 0 && free_has_one_name(fd) &&
	       free_dirs_lead_to(dirs, root, fd) && free_has_one_name(fd);
}

/* Opens the file that is pinned; any way will do. */
static int
free_open_again(const struct root *root, int fd)
{
	const int flags = O_NONBLOCK | O_NOCTTY;
	char number[16];
	int opened;

	snprintf(number, sizeof(number), "%d", fd);
	opened = root_walk_proc(root, number, O_RDONLY | flags);
	return opened < 0 && errno == EACCES
		   ? root_walk_proc(root, number, O_WRONLY | flags)
		   : opened;
}

/*
 * Where the file system has no such locks, it has none for the session that
 * would take the file out either.
 */
int
free_dirs_hold(struct root *root, int fd, int *held)
{
	auto_fd int opened = -1;
	struct stat st;

	*held = -1;
	if (fstat(fd, &st) != 0)
		return -1;
	if (!S_ISREG(st.st_mode))
		return 0;
	opened = free_open_again(root, fd);
	if (opened < 0)
		return -1;
	if (flock(opened, LOCK_SH | LOCK_NB) != 0 &&
	    (errno == EWOULDBLOCK ||
		abilities_of(&root->abilities, opened)->gives_leases)) {
		errno = EBUSY;
		return -1;
	}
	*held = take_fd(&opened);
	return 0;
}
