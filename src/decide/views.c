/*
 * Compares by place in the file system: the kernel's table of mounts says
 * which directory of which file system each mount shows, and the kernel's own
 * text where an open object lies.
 */
#include "decide/views.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/xalloc.h"
#include "root/lookup.h"

/*
 * In a chroot whose top is no mount point the mount that holds "/" is not
 * listed. All that lies on it is compared by text.
 */
static const struct mount unlisted = { .id = -1,
	.device = UINT64_MAX,
	.root = "/",
	.point = "/",
	.type = "" };

bool
views_is_unlisted(const struct mount *mount)
{
	return mount == &unlisted;
}

const char *
views_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	if (len > 0 && top[len - 1] == '/')
		len--;
	if (strncmp(path, top, len) != 0 ||
	    (path[len] != '/' && path[len] != '\0'))
		return NULL;
	return path + len + (path[len] == '/');
}

bool
views_join(char *out, size_t size, const char *above, const char *rest)
{
	size_t len = strlen(above);
	bool has_slash = len == 0 || above[len - 1] == '/' || *rest == '\0';

	return snprintf(out, size, "%s%s%s", above, has_slash ? "" : "/",
		   rest) < (int)size;
}

int
views_text(const struct views *views, int fd, char out[PATH_MAX])
{
	char number[16];

	snprintf(number, sizeof(number), "%d", fd);
	if (root_read_link_text(views->root->proc_fd, number, out) < 0)
		return -1;
	if (out[0] == '/')
		return 0;
	errno = EXDEV; /* "(unreachable)" */
	return -1;
}

const struct mount *
views_mount_of(const struct views *views, int fd)
{
	int id = mount_table_id_of(fd);
	const struct mount *mount;

	if (id < 0)
		return NULL;
	mount = mount_table_find(&views->mounts, id);
	errno = ENODEV;
	return mount == NULL && views->in_chroot ? &unlisted : mount;
}

bool
views_share(const struct views *views, const struct mount *mount)
{
	for (size_t i = 0; i < views->count; i++) {
		if (views->at[i].mount->device == mount->device)
			return true;
	}
	return false;
}

/* Writes the path in the mount's file system of what lies at text. */
static int
put_path(char path[VIEWS_PATH], const struct mount *mount, const char *text)
{
	const char *rest = views_below(text, mount->point);

	errno = ESTALE; /* moved since, or removed */
	if (rest == NULL)
		return -1;
	errno = ENAMETOOLONG;
	return views_join(path, VIEWS_PATH, mount->root, rest) ? 0 : -1;
}

int
views_locate(const struct views *views, int fd, const struct mount *mount)
{
	struct place *place = views->place;

	place->mount = mount;
	if (views_text(views, fd, place->text) != 0)
		return -1;
	return put_path(place->path, mount, place->text);
}

static void
add_view(struct views *views, const struct mount *mount, const char *shows,
    const char *where)
{
	views->at = xrealloc(views->at, views->count + 1, sizeof(*views->at));
	views->at[views->count++] = (struct view){ mount, shows, where };
}

/*
 * The root's own mount, and those whose mount point lies below the root. A
 * mount on the root's own directory is not seen through our descriptor.
 */
static int
find_views(struct views *views)
{
	const struct mount_table *mounts = &views->mounts;
	const struct place *root = views->place;
	const struct mount *own = views_mount_of(views, views->root->fd);

	if (own == NULL || views_locate(views, views->root->fd, own) != 0)
		return -1;
	views->shows = xstrdup(root->path);
	add_view(views, own, views->shows, "");
	for (size_t i = 0; views->crosses_mounts && i < mounts->count; i++) {
		const struct mount *mount = &mounts->at[i];
		const char *rest = views_below(mount->point, root->text);

		if (rest != NULL && *rest != '\0')
			add_view(views, mount, mount->root, rest);
	}
	return 0;
}

void
views_free(struct views *views)
{
	mount_table_free(&views->mounts);
	free(views->at);
	free(views->place);
	free(views->shows);
	views->at = NULL;
	views->place = NULL;
	views->shows = NULL;
	views->count = 0;
	views->in_chroot = false;
}

int
views_load(struct views *views)
{
	views_free(views);
	errno = ENOENT;
	if (views->root->proc_fd < 0 || mount_table_load(&views->mounts) != 0)
		return -1;
	views->in_chroot = true;
	for (size_t i = 0; i < views->mounts.count; i++) {
		if (strcmp(views->mounts.at[i].point, "/") == 0)
			views->in_chroot = false;
	}
	/* Not zeroed: most of it is never touched. */
	views->place = xrealloc(NULL, 1, sizeof(*views->place));
	return find_views(views);
}

static bool
is_shown(const struct views *views, const struct place *place)
{
	for (size_t i = 0; i < views->count; i++) {
		const struct view *view = &views->at[i];

		if (view->mount->device == place->mount->device &&
		    views_below(place->path, view->shows) != NULL)
			return true;
	}
	return false;
}

/*
 * A view that shows a directory shows what lies below it on its mount, too. So
 * one look is enough for the part of the way that lies on the object's own
 * mount, and one at the mount point for the part on each mount above.
 */
bool
views_miss(const struct views *views, int fd)
{
	const struct mount *mount = views_mount_of(views, fd);
	struct place *place = views->place;

	if (mount == NULL || mount == &unlisted ||
	    (views_share(views, mount) &&
		(views_locate(views, fd, mount) != 0 ||
		    is_shown(views, place))))
		return false;
	for (size_t i = 0; i < views->mounts.count; i++) {
		const char *point = mount->point;

		if (strcmp(point, "/") == 0)
			return true;
		mount = mount_table_find(&views->mounts, mount->parent);
		if (mount == NULL)
			return false;
		place->mount = mount;
		if (views_share(views, mount) &&
		    (put_path(place->path, mount, point) != 0 ||
			is_shown(views, place)))
			return false;
	}
	return false;
}
