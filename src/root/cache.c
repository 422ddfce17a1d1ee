/*
 * The cache only ever answers for a last component that is a plain name and
 * no symlink; everything else goes the whole way.
 */
#include "root/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "root/lookup.h"

void
root_cache_init(struct root_cache *cache, struct root *root)
{
	cache->root = root;
	cache->fd = -1;
	cache->len = 0;
	cache->real_len = 0;
}

void
root_cache_drop(struct root_cache *cache)
{
	auto_close_fd(&cache->fd);
	cache->real_len = 0;
}

/* Lookups that mounts or barred names may stop are not cached. */
static bool
must_go_the_whole_way(const struct root_cache *cache)
{
	return cache->root->one_file_system || bars_any(&cache->root->bars);
}

/* The last component, or NULL where it is not a plain name. */
static const char *
plain_name(const struct relpath *path)
{
	const char *slash = memrchr(path->bytes, '/', path->len);
	const char *name = slash == NULL ? path->bytes : slash + 1;

	if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return NULL;
	return name;
}

/* Makes the directory in which name stands the cached one. */
static int
enter(struct root_cache *cache, const struct relpath *path, const char *name)
{
	size_t len = (size_t)(name - path->bytes);

	while (len > 0 && path->bytes[len - 1] == '/')
		len--;
	if (cache->fd >= 0 && cache->len == len &&
	    memcmp(cache->dir, path->bytes, len) == 0)
		return 0;
	root_cache_drop(cache);
	memcpy(cache->dir, path->bytes, len);
	cache->dir[len] = '\0';
	cache->len = len;
	/* No name is barred here: see must_go_the_whole_way. */
	cache->fd = root_walk_unbarred(cache->root, len == 0 ? "." : cache->dir,
	    O_PATH | O_DIRECTORY, 0);
	return cache->fd < 0 ? -1 : 0;
}

/*
 * Has the directory gone that is cached (errno)? On a file system of several
 * machines another one may have replaced it: its path leads to what is there.
 */
static bool
is_stale(struct root_cache *cache)
{
	if (errno != ESTALE)
		return false;
	root_cache_drop(cache);
	return true;
}

int
root_cache_stat(struct root_cache *cache, const struct relpath *path,
    enum follow follow, struct stat *st)
{
	const char *name = plain_name(path);

	if (name == NULL || must_go_the_whole_way(cache))
		return root_stat(cache->root, path, follow, st);
	if (enter(cache, path, name) != 0 ||
	    fstatat(cache->fd, name, st, AT_SYMLINK_NOFOLLOW) != 0)
		return is_stale(cache)
			   ? root_stat(cache->root, path, follow, st)
			   : -1;
	if (follow == FOLLOW && S_ISLNK(st->st_mode))
		return root_stat(cache->root, path, follow, st);
	return 0;
}

/* Asks for the type only: a distant server is not asked for attributes. */
static bool
is_regular(int fd, const char *name, int flags)
{
	struct statx st;

	return statx(fd, name, flags | AT_STATX_DONT_SYNC, STATX_TYPE, &st) ==
		   0 &&
	       S_ISREG(st.stx_mode);
}

/* Opens a name that is known to be a regular file; checked again. */
static int
open_regular(struct root_cache *cache, const char *name, int flags)
{
	auto_fd int fd = root_walk_in(cache->fd, name,
	    (flags & ~O_CREAT) | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (!is_regular(fd, "", AT_EMPTY_PATH)) {
		errno = ENXIO;
		return -1;
	}
	return take_fd(&fd);
}

int
root_cache_open_file(struct root_cache *cache, const struct relpath *path,
    int flags, mode_t mode)
{
	const char *name = plain_name(path);
	int fd;

	if (name == NULL || must_go_the_whole_way(cache) ||
	    enter(cache, path, name) != 0)
		return root_open_file(cache->root, path, flags, mode);
	if (flags & O_CREAT) {
		fd = root_walk_in(cache->fd, name,
		    flags | O_EXCL | O_NOCTTY | O_NONBLOCK, mode);
		if (fd < 0 && is_stale(cache))
			return root_open_file(cache->root, path, flags, mode);
		if (fd >= 0 || errno != EEXIST || (flags & O_EXCL))
			return fd;
	}
	if (is_regular(cache->fd, name, AT_SYMLINK_NOFOLLOW)) {
		fd = open_regular(cache, name, flags);
		if (fd >= 0 ||
		    (errno != ENOENT && errno != ELOOP && !is_stale(cache)))
			return fd;
	} else {
		(void)is_stale(cache);
	}
	return root_open_file(cache->root, path, flags, mode);
}

static ssize_t
join(struct root_cache *cache, const char *name, char out[PATH_MAX])
{
	size_t len = cache->real_len == 1 ? 0 : (size_t)cache->real_len;
	size_t more = strlen(name);

	if (len + 1 + more >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(out, cache->real, len);
	out[len] = '/';
	memcpy(out + len + 1, name, more + 1);
	return (ssize_t)(len + 1 + more);
}

ssize_t
root_cache_realpath(struct root_cache *cache, const struct relpath *path,
    char out[PATH_MAX])
{
	const char *name = plain_name(path);
	struct stat st;

	if (name == NULL || must_go_the_whole_way(cache) ||
	    strlen(name) > NAME_MAX || enter(cache, path, name) != 0)
		return root_realpath(cache->root, path, out);
	if (fstatat(cache->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (S_ISLNK(st.st_mode))
			return root_realpath(cache->root, path, out);
	} else if (errno != ENOENT) {
		return is_stale(cache) ? root_realpath(cache->root, path, out)
				       : -1;
	}
	if (cache->real_len == 0)
		cache->real_len =
		    root_path_of(cache->root, cache->fd, cache->real);
	if (cache->real_len <= 0) {
		cache->real_len = 0;
		return root_realpath(cache->root, path, out);
	}
	return join(cache, name, out);
}
