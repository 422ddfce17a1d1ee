/*
 * Asks where an object lies (views.h). Where the texts say that the root shows
 * it, it is looked up there and compared by device and inode, so that a mount
 * that another one covers shows nothing.
 */
#include "decide/exposure.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "root/lookup.h"

/*
 * Paths in the root. They lie in no stack frame, where each page would be
 * touched (-fstack-clash-protection), whatever little is written.
 */
struct exposure_room {
	char inside[VIEWS_PATH]; /* where a view shows an object */
	char above[VIEWS_PATH];  /* of that, a directory on the way */
};

/* What the client must not do with an object. */
enum exposed_to { TO_CHANGES, TO_READERS };

static const char *const root_words
    [] = { [TO_CHANGES] = "the writable root", [TO_READERS] = "the root" };

static bool
exposure_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

int
exposure_open(struct exposure *exposure, const struct root *root, uid_t uid,
    bool crosses_mounts, struct buf *why)
{
	*exposure = (struct exposure){ .uid = uid,
		.views = { .root = root, .crosses_mounts = crosses_mounts } };
	exposure->room = xrealloc(NULL, 1, sizeof(*exposure->room));
	if (views_load(&exposure->views) == 0)
		return 0;
	buf_addf(why, "/proc does not tell what is mounted in the root: %s",
	    strerror(errno));
	return -1;
}

void
exposure_close(struct exposure *exposure)
{
	views_free(&exposure->views);
	free(exposure->room);
	exposure->room = NULL;
}

static int
open_seen(const struct exposure *exposure, const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	return root_try_open(exposure->views.root, path[0] == '\0' ? "." : path,
	    &how);
}

static bool
is_read_only(int fd)
{
	struct statvfs fs;

	return fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0;
}

/* Whatever its mount allows. The owner may change the mode; errors are yes. */
static bool
may_write(const struct exposure *exposure, int fd, const struct stat *st)
{
	return exposure->uid == 0 || st->st_uid == exposure->uid ||
	       faccessat(fd, "", W_OK, AT_EACCESS | AT_EMPTY_PATH) == 0 ||
	       errno != EACCES;
}

/* A directory on the way can't be searched: could the account change that? */
static bool
barrier_may_fall(const struct exposure *exposure, const char *path)
{
	char *above = exposure->room->above;
	size_t len = strlen(path);

	memcpy(above, path, len + 1);
	while (len > 0) {
		auto_fd int fd = -1;
		struct stat st;

		while (len > 0 && above[len] != '/')
			len--;
		above[len] = '\0';
		fd = open_seen(exposure, above);
		if (fd >= 0)
			return fstat(fd, &st) != 0 || exposure->uid == 0 ||
			       st.st_uid == exposure->uid;
		if (errno != EACCES)
			return true;
	}
	return true;
}

/*
 * Is the object really seen at this path in the root, and may it be written
 * there? Other things may lie there: a mount covers what is below it.
 */
static bool
is_open_at(const struct exposure *exposure, enum exposed_to to,
    const struct stat *st, const char *path)
{
	auto_fd int fd = open_seen(exposure, path);
	struct stat seen;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return false;
	if (fd < 0 && errno == EACCES)
		return barrier_may_fall(exposure, path);
	if (fd < 0 || fstat(fd, &seen) != 0)
		return true;
	if (!exposure_is_same(&seen, st))
		return false;
	return to == TO_READERS ||
	       (!is_read_only(fd) && may_write(exposure, fd, &seen));
}

static bool
say_where(enum exposed_to to, const struct place *at, const struct view *view,
    const char *path, struct buf *why)
{
	buf_addf(why, "%s holds ", root_words[to]);
	quote_add(why, at->text, strlen(at->text), 512);
	if (view->below[0] != '\0' || view->mount != at->mount) {
		buf_add_text(why, " as ");
		quote_add(why, path, strlen(path), 512);
	}
	return true;
}

static bool
say_unknown(const struct exposure *exposure, enum exposed_to to, int fd,
    struct buf *why)
{
	char *text = exposure->room->above;
	int error = errno;

	if (views_text(&exposure->views, fd, text) != 0)
		text[0] = '\0';
	buf_addf(why, "it can't be known whether %s holds ", root_words[to]);
	quote_add(why, text, strlen(text), 512);
	buf_addf(why, " (%s)", strerror(error));
	return true;
}

static bool
say_linked(const struct exposure *exposure, enum exposed_to to, struct buf *why)
{
	const char *text = exposure->views.place->text;

	buf_addf(why, "%s may hold another name (a hard link) of ",
	    root_words[to]);
	quote_add(why, text, strlen(text), 512);
	return true;
}

static bool
is_clear(const struct exposure *exposure, const struct stat *st)
{
	for (size_t i = 0; i < exposure->cleared; i++) {
		if (exposure->clear[i].device == st->st_dev &&
		    exposure->clear[i].inode == st->st_ino)
			return true;
	}
	return false;
}

static void
note_clear(struct exposure *exposure, const struct stat *st)
{
	const size_t room =
	    sizeof(exposure->clear) / sizeof(exposure->clear[0]);

	if (!S_ISDIR(st->st_mode) || exposure->cleared == room)
		return;
	exposure->clear[exposure->cleared].device = st->st_dev;
	exposure->clear[exposure->cleared++].inode = st->st_ino;
}

/* A mount that is not in the table is newer than the table. */
static const struct mount *
find_mount_now(struct exposure *exposure, int fd)
{
	const struct mount *mount = views_mount_of(&exposure->views, fd);

	if (mount != NULL || errno != ENODEV)
		return mount;
	exposure->cleared = 0;
	if (views_load(&exposure->views) != 0)
		return NULL;
	return views_mount_of(&exposure->views, fd);
}

/*
 * Names of one file that lie elsewhere in the file system can't be found. Of
 * root's files distributions have many, and only root could make more.
 */
static bool
has_name_elsewhere(const struct exposure *exposure, int fd,
    const struct stat *st)
{
	return exposure->uid != 0 && !S_ISDIR(st->st_mode) &&
	       st->st_nlink > 1 && may_write(exposure, fd, st);
}

/* Is the located object seen through one of the views? */
static bool
is_seen(const struct exposure *exposure, enum exposed_to to,
    const struct stat *st, struct buf *why)
{
	const struct views *views = &exposure->views;
	const struct place *at = views->place;
	char *inside = exposure->room->inside;

	for (size_t i = 0; i < views->count; i++) {
		const struct view *view = &views->at[i];
		const char *rest = views_below(at->path, view->shows);

		if (view->mount->device != at->mount->device || rest == NULL)
			continue;
		if (!views_join(inside, VIEWS_PATH, view->below, rest) ||
		    is_open_at(exposure, to, st, inside))
			return say_where(to, at, view, inside, why);
	}
	return false;
}

bool
exposure_has(struct exposure *exposure, int fd, struct buf *why)
{
	const struct mount *mount;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return say_unknown(exposure, TO_CHANGES, fd, why);
	if (is_clear(exposure, &st))
		return false;
	mount = find_mount_now(exposure, fd);
	if (mount == NULL)
		return say_unknown(exposure, TO_CHANGES, fd, why);
	if (views_share(&exposure->views, mount)) {
		if (views_locate(&exposure->views, fd, mount) != 0)
			return say_unknown(exposure, TO_CHANGES, fd, why);
		if (is_seen(exposure, TO_CHANGES, &st, why))
			return true;
		if (has_name_elsewhere(exposure, fd, &st))
			return say_linked(exposure, TO_CHANGES, why);
	}
	note_clear(exposure, &st);
	return false;
}

bool
exposure_shows(struct exposure *exposure, int fd, struct buf *why)
{
	const struct mount *mount = find_mount_now(exposure, fd);
	struct stat st;

	if (mount == NULL || fstat(fd, &st) != 0)
		return say_unknown(exposure, TO_READERS, fd, why);
	if (!views_share(&exposure->views, mount))
		return false;
	if (views_locate(&exposure->views, fd, mount) != 0)
		return say_unknown(exposure, TO_READERS, fd, why);
	if (is_seen(exposure, TO_READERS, &st, why))
		return true;
	return st.st_nlink > 1 && say_linked(exposure, TO_READERS, why);
}

bool
exposure_misses(const struct exposure *exposure, int fd)
{
	struct stat st;

	return views_miss(&exposure->views, fd) && fstat(fd, &st) == 0 &&
	       !has_name_elsewhere(exposure, fd, &st);
}

/* File systems in which no home can lie. */
static bool
is_no_storage(const char *type)
{
	static const char *const types[] = { "proc", "sysfs", "devpts",
		"devtmpfs", "mqueue", "cgroup", "cgroup2", "securityfs" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(type, types[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_harmless(const struct exposure *exposure, const struct view *view)
{
	auto_fd int fd = -1;

	if (views_is_unlisted(view->mount) || is_no_storage(view->mount->type))
		return true;
	fd = open_seen(exposure, view->below);
	return fd >= 0 && is_read_only(fd);
}

bool
exposure_is_unclear(struct exposure *exposure, struct buf *why)
{
	const struct views *views = &exposure->views;

	for (size_t i = 0; views->in_chroot && i < views->count; i++) {
		const struct view *view = &views->at[i];
		const char *point = view->mount->point;

		if (is_harmless(exposure, view))
			continue;
		buf_add_text(why, "in a chroot it can't be known whether ");
		quote_add(why, point, strlen(point), 512);
		buf_add_text(why, ", which is mounted in the writable root, "
				  "holds the home");
		return true;
	}
	return false;
}
