/*
 * Every lookup of a client's path: the kernel's answer, kept from names that
 * the policy bars. Promises that no descriptor given out was reached by a way
 * that leaves the root.
 */
#include "root/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "root/root.h"

enum { LINKS_MAX = 40 }; /* the kernel's own limit (path_resolution(7)) */

/* Fails where the path of the open object is barred. */
static int
check_bars(struct root *root, int fd)
{
	char path[PATH_MAX];

	if (root_path_of(root, fd, path) < 0)
		return -1;
	errno = bars_path(&root->bars, path);
	return errno == 0 ? 0 : -1;
}

/* Is there no symlink on the way, nor at its end where that is followed? */
static bool
has_no_links(const struct root *root, const char *path, bool follows)
{
	const struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_SYMLINKS,
	};
	auto_fd int fd = root_try_open(root, path, &how);
	struct stat st;

	if (fd < 0)
		return errno != ELOOP;
	return !follows || fstat(fd, &st) != 0 || !S_ISLNK(st.st_mode);
}

/* A walk through links: the path so far, without links, and the rest. */
struct way {
	char done[PATH_MAX + NAME_MAX + 2];
	char left[2 * PATH_MAX];
	int links;
};

/* Replaces the last name by the link's text. */
static bool
way_follow(struct way *way, const char *text)
{
	char rest[2 * PATH_MAX];
	char *slash = strrchr(way->done, '/');

	*(slash == NULL || text[0] == '/' ? way->done : slash) = '\0';
	memcpy(rest, way->left, strlen(way->left) + 1);
	way->links++;
	return way->links <= LINKS_MAX &&
	       snprintf(way->left, sizeof(way->left), "%s/%s", text, rest) <
		   (int)sizeof(way->left);
}

/* The next name of what is left; false at the end. */
static bool
way_next(struct way *way, char name[NAME_MAX + 1])
{
	size_t begin = strspn(way->left, "/");
	size_t len = strcspn(way->left + begin, "/");

	if (len == 0 || len > NAME_MAX)
		return false;
	memcpy(name, way->left + begin, len);
	name[len] = '\0';
	memmove(way->left, way->left + begin + len,
	    strlen(way->left + begin + len) + 1);
	return true;
}

/*
 * Walks one name at a time and asks each. Returns 0, also for what can't be
 * walked: the kernel says why in a moment; or -1 with errno.
 */
static int
check_way(const struct root *root, struct way *way, bool follows)
{
	char name[NAME_MAX + 1], text[PATH_MAX];

	while (way_next(way, name)) {
		char *slash = strrchr(way->done, '/');
		size_t len = strlen(way->done);
		auto_fd int fd = -1;

		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			*(slash == NULL ? way->done : slash) = '\0';
			continue;
		}
		errno = bars_name(&root->bars, name);
		if (errno != 0)
			return -1;
		if (len + strlen(name) + 2 > PATH_MAX)
			return 0;
		snprintf(way->done + len, sizeof(way->done) - len, "%s%s",
		    len == 0 ? "" : "/", name);
		fd =
		    root_walk_unbarred(root, way->done, O_PATH | O_NOFOLLOW, 0);
		if (fd < 0)
			return 0;
		if (!follows && way->left[strspn(way->left, "/")] == '\0')
			return 0;
		if (root_read_link_text(fd, "", text) >= 0 &&
		    !way_follow(way, text))
			return 0;
	}
	return 0;
}

/*
 * Does a link lead through a name that is barred? "hidden/../x" as the text of
 * a link must not tell whether "hidden" is there, either.
 */
static int
check_links(const struct root *root, const char *path, bool follows)
{
	not_zeroed struct way way;

	if (has_no_links(root, path, follows))
		return 0;
	way.done[0] = '\0';
	way.links = 0;
	if (strlen(path) >= PATH_MAX)
		return 0;
	memcpy(way.left, path, strlen(path) + 1);
	return check_way(root, &way, follows);
}

/*
 * A barred name on the way is refused before it is looked for: the answer to
 * "hidden/../x" must not depend on whether "hidden" is there.
 */
static int
check_path(const struct root *root, const char *path, bool follows)
{
	if (!bars_any(&root->bars))
		return 0;
	errno = bars_path(&root->bars, path);
	return errno == 0 ? check_links(root, path, follows) : -1;
}

int
root_walk(struct root *root, const char *path, int flags, mode_t mode)
{
	auto_fd int fd = -1;

	if (check_path(root, path, (flags & O_NOFOLLOW) == 0) != 0)
		return -1;
	fd = root_walk_unbarred(root, path, flags, mode);
	if (fd >= 0 && bars_any(&root->bars) && check_bars(root, fd) != 0)
		return -1;
	return take_fd(&fd);
}

int
root_walk_beneath(struct root *root, const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
			   (root->one_file_system ? RESOLVE_NO_XDEV : 0),
	};
	auto_fd int fd = -1;

	if (check_path(root, path, true) != 0)
		return -1;
	fd = root_try_open(root, path, &how);
	if (fd >= 0 && bars_any(&root->bars) && check_bars(root, fd) != 0)
		return -1;
	return take_fd(&fd);
}

int
root_walk_parent(struct root *root, const struct relpath *path,
    enum name_use use, char name[NAME_MAX + 1])
{
	struct relpath parent;

	if (relpath_split(path, &parent, name) != 0)
		return -1;
	if (bars_any(&root->bars)) {
		errno = use == NAME_NEW ? bars_new(&root->bars, name)
					: bars_name(&root->bars, name);
		if (errno != 0)
			return -1;
	}
	return root_walk(root, parent.bytes, O_PATH | O_DIRECTORY, 0);
}
