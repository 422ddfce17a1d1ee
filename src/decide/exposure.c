/*
 * Compares by place in the file system: the kernel's table of mounts says
 * which directory of which file system each mount shows. Where the texts say
 * that the root shows an object, it is looked up there and compared by device
 * and inode, so that a mount that another one covers shows nothing. Files are
 * named by path here before the jail stands: by the kernel's own texts.
 */
#include "decide/exposure.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "root/lookup.h"

/* A mount, or the root's part of one. */
struct exposure_view {
	const struct mount *mount;
	const char *shows; /* the path in the file system ... */
	const char *below; /* ... that is seen here, relative to the root */
};

/* Where an open object lies. */
struct location {
	const struct mount *mount;
	char text[PATH_MAX];     /* as this process names it */
	char path[2 * PATH_MAX]; /* in the mount's file system */
};

/*
 * In a chroot whose top is no mount point the mount that holds "/" is not
 * listed. All that lies on it is compared by text.
 */
static const struct mount unlisted = { .id = -1,
	.device = UINT64_MAX,
	.root = "/",
	.point = "/",
	.type = "" };

/* The rest of path below top, "" for top itself; NULL: it is not below. */
static const char *
below(const char *path, const char *top)
{
	size_t len = strlen(top);

	if (len > 0 && top[len - 1] == '/')
		len--;
	if (strncmp(path, top, len) != 0 ||
	    (path[len] != '/' && path[len] != '\0'))
		return NULL;
	return path + len + (path[len] == '/');
}

/* Writes "above/rest". Returns false where it is too long. */
static bool
exposure_join(char *out, size_t size, const char *above, const char *rest)
{
	size_t len = strlen(above);
	bool has_slash = len == 0 || above[len - 1] == '/' || *rest == '\0';

	return snprintf(out, size, "%s%s%s", above, has_slash ? "" : "/",
		   rest) < (int)size;
}

static bool
exposure_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int
own_text(const struct exposure *exposure, int fd, char out[PATH_MAX])
{
	char number[16];

	snprintf(number, sizeof(number), "%d", fd);
	if (root_read_link_text(exposure->root->proc_fd, number, out) < 0)
		return -1;
	if (out[0] == '/')
		return 0;
	errno = EXDEV; /* "(unreachable)" */
	return -1;
}

static const struct mount *
find_mount(const struct exposure *exposure, int id)
{
	const struct mount *mount = mount_table_find(&exposure->mounts, id);

	return mount == NULL && exposure->in_chroot ? &unlisted : mount;
}

/* Returns 0, or -1 with errno: ENODEV where the table lacks the mount. */
static int
locate(const struct exposure *exposure, int fd, struct location *at)
{
	int id = mount_table_id_of(fd);
	const char *rest;

	if (id < 0 || own_text(exposure, fd, at->text) != 0)
		return -1;
	at->mount = find_mount(exposure, id);
	errno = ENODEV;
	if (at->mount == NULL)
		return -1;
	rest = below(at->text, at->mount->point);
	errno = ESTALE; /* moved since, or removed */
	if (rest == NULL)
		return -1;
	errno = ENAMETOOLONG;
	return exposure_join(at->path, sizeof(at->path), at->mount->root, rest)
		   ? 0
		   : -1;
}

static void
add_view(struct exposure *exposure, const struct mount *mount,
    const char *shows, const char *where)
{
	exposure->views = xrealloc(exposure->views, exposure->count + 1,
	    sizeof(*exposure->views));
	exposure->views[exposure->count++] =
	    (struct exposure_view){ mount, shows, where };
}

/*
 * The root's own mount, and those whose mount point lies below the root. A
 * mount on the root's own directory is not seen through our descriptor.
 */
static int
find_views(struct exposure *exposure)
{
	const struct mount_table *mounts = &exposure->mounts;
	not_zeroed struct location root;

	if (locate(exposure, exposure->root->fd, &root) != 0)
		return -1;
	exposure->shows = xstrdup(root.path);
	add_view(exposure, root.mount, exposure->shows, "");
	for (size_t i = 0; exposure->crosses_mounts && i < mounts->count; i++) {
		const char *rest = below(mounts->at[i].point, root.text);

		if (rest != NULL && *rest != '\0')
			add_view(exposure, &mounts->at[i], mounts->at[i].root,
			    rest);
	}
	return 0;
}

static void
exposure_forget(struct exposure *exposure)
{
	mount_table_free(&exposure->mounts);
	free(exposure->views);
	free(exposure->shows);
	exposure->views = NULL;
	exposure->shows = NULL;
	exposure->count = exposure->cleared = 0;
}

static int
read_mounts(struct exposure *exposure)
{
	exposure_forget(exposure);
	if (mount_table_load(&exposure->mounts) != 0)
		return -1;
	exposure->in_chroot = true;
	for (size_t i = 0; i < exposure->mounts.count; i++) {
		if (strcmp(exposure->mounts.at[i].point, "/") == 0)
			exposure->in_chroot = false;
	}
	return find_views(exposure);
}

int
exposure_open(struct exposure *exposure, const struct root *root, uid_t uid,
    bool crosses_mounts, struct buf *why)
{
	*exposure = (struct exposure){ .root = root,
		.uid = uid,
		.crosses_mounts = crosses_mounts };
	errno = ENOENT;
	if (root->proc_fd >= 0 && read_mounts(exposure) == 0)
		return 0;
	buf_addf(why,
	    "/proc does not tell what is mounted in the writable root: %s",
	    strerror(errno));
	return -1;
}

void
exposure_close(struct exposure *exposure)
{
	exposure_forget(exposure);
}

static int
open_seen(const struct exposure *exposure, const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	return root_try_open(exposure->root, path[0] == '\0' ? "." : path,
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
	not_zeroed char above[2 * PATH_MAX];
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
is_open_at(const struct exposure *exposure, const struct stat *st,
    const char *path)
{
	auto_fd int fd = open_seen(exposure, path);
	struct stat seen;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return false;
	if (fd < 0 && errno == EACCES)
		return barrier_may_fall(exposure, path);
	if (fd < 0 || fstat(fd, &seen) != 0)
		return true;
	return exposure_is_same(&seen, st) && !is_read_only(fd) &&
	       may_write(exposure, fd, &seen);
}

static bool
say_where(const struct location *at, const struct exposure_view *view,
    const char *path, struct buf *why)
{
	buf_add_text(why, "the writable root holds ");
	quote_add(why, at->text, strlen(at->text), 512);
	if (view->below[0] != '\0' || view->mount != at->mount) {
		buf_add_text(why, " as ");
		quote_add(why, path, strlen(path), 512);
	}
	return true;
}

static bool
say_unknown(const struct exposure *exposure, int fd, struct buf *why)
{
	not_zeroed char text[PATH_MAX];
	int error = errno;

	if (own_text(exposure, fd, text) != 0)
		text[0] = '\0';
	buf_add_text(why, "it can't be known whether the writable root holds ");
	quote_add(why, text, strlen(text), 512);
	buf_addf(why, " (%s)", strerror(error));
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

/* Where it lies; a mount that is not in the table is newer than the table. */
static int
locate_now(struct exposure *exposure, int fd, struct location *at)
{
	if (locate(exposure, fd, at) == 0)
		return 0;
	if (errno != ENODEV || read_mounts(exposure) != 0)
		return -1;
	return locate(exposure, fd, at);
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

bool
exposure_has(struct exposure *exposure, int fd, struct buf *why)
{
	not_zeroed char path[2 * PATH_MAX];
	not_zeroed struct location at;
	bool shares = false;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return say_unknown(exposure, fd, why);
	if (is_clear(exposure, &st))
		return false;
	if (locate_now(exposure, fd, &at) != 0)
		return say_unknown(exposure, fd, why);
	for (size_t i = 0; i < exposure->count; i++) {
		const struct exposure_view *view = &exposure->views[i];
		const char *rest = below(at.path, view->shows);

		if (view->mount->device != at.mount->device)
			continue;
		shares = true;
		if (rest == NULL)
			continue;
		if (!exposure_join(path, sizeof(path), view->below, rest) ||
		    is_open_at(exposure, &st, path))
			return say_where(&at, view, path, why);
	}
	if (shares && has_name_elsewhere(exposure, fd, &st)) {
		buf_add_text(why, "the writable root may hold another name "
				  "(a hard link) of ");
		quote_add(why, at.text, strlen(at.text), 512);
		return true;
	}
	note_clear(exposure, &st);
	return false;
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
is_harmless(const struct exposure *exposure, const struct exposure_view *view)
{
	auto_fd int fd = -1;

	if (view->mount == &unlisted || is_no_storage(view->mount->type))
		return true;
	fd = open_seen(exposure, view->below);
	return fd >= 0 && is_read_only(fd);
}

bool
exposure_is_unclear(struct exposure *exposure, struct buf *why)
{
	for (size_t i = 0; exposure->in_chroot && i < exposure->count; i++) {
		const struct exposure_view *view = &exposure->views[i];
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
