/*
 * Trees, walked by descriptors, so that what a race has left behind leads the
 * test nowhere either, and with O_NOATIME, so that looking leaves no trace.
 */
#include "tests/race/common/tree.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/io.h"
#include "base/num.h"
#include "base/xalloc.h"

enum { FILE_MAX = 1 << 20 };

void
die(const char *what, const char *which)
{
	fprintf(stderr, "race: %s %s: %s\n", what, which, strerror(errno));
	exit(2);
}

unsigned
slowly(unsigned seconds)
{
	const char *text = getenv("TEST_SLOW");
	int64_t times = 1;

	if (text != NULL && !num_parse(text, 1, 100, &times))
		die("read TEST_SLOW", text);
	return seconds * (unsigned)times;
}

char *
text_of(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		die("format", format);
	va_end(args);
	return text;
}

void
make_directory(int dir, const char *path)
{
	if (mkdirat(dir, path, 0755) != 0 && errno != EEXIST)
		die("mkdir", path);
}

void
make_file(int dir, const char *path, const char *content, size_t size)
{
	auto_fd int fd =
	    openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		die("create", path);
	for (size_t done = 0; done < size; done += strlen(content)) {
		if (io_write_all(fd, content, strlen(content)) != 0)
			die("write", path);
	}
}

void
make_link(int dir, const char *text, const char *path)
{
	if (symlinkat(text, dir, path) != 0 && errno != EEXIST)
		die("symlink", path);
}

/* --- walking ---------------------------------------------------------------
 */

/* What lies at name in dir; path is for texts. */
struct place {
	int dir;
	const char *name;
	const char *path;
	const struct stat *st;
};

typedef void visit(const struct place *place, void *context);

struct walk {
	visit *before; /* what lies in a directory; may be NULL */
	visit *after;
	void *context;
};

static int
open_quietly(int dir, const char *name, int flags)
{
	return openat(dir, name,
	    flags | O_RDONLY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_NONBLOCK);
}

static void walk_one(const struct walk *walk, int dir, const char *name,
    const char *path);

static void
walk_directory(const struct walk *walk, const struct place *place)
{
	auto_fd int fd = open_quietly(place->dir, place->name, O_DIRECTORY);
	struct dirent *entry;
	DIR *list;

	if (fd < 0)
		die("list", place->path);
	list = fdopendir(dup(fd));
	if (list == NULL)
		die("list", place->path);
	while ((entry = readdir(list)) != NULL) {
		auto_free char *path = NULL;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		path = text_of("%s/%s", place->path, entry->d_name);
		walk_one(walk, fd, entry->d_name, path);
	}
	closedir(list);
}

static void
walk_one(const struct walk *walk, int dir, const char *name, const char *path)
{
	struct stat st;
	struct place place = { dir, name, path, &st };

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (walk->before != NULL)
		walk->before(&place, walk->context);
	if (S_ISDIR(st.st_mode))
		walk_directory(walk, &place);
	if (walk->after != NULL)
		walk->after(&place, walk->context);
}

/* rsync leaves directories that can't be entered where it is interrupted. */
static void
open_up(const struct place *place, void *context)
{
	(void)context;
	if (S_ISDIR(place->st->st_mode) &&
	    fchmodat(place->dir, place->name, 0755, 0) != 0)
		die("chmod", place->path);
}

static void
remove_one(const struct place *place, void *context)
{
	(void)context;
	if (unlinkat(place->dir, place->name,
		S_ISDIR(place->st->st_mode) ? AT_REMOVEDIR : 0) != 0)
		die("remove", place->path);
}

void
remove_tree(int dir, const char *path)
{
	const struct walk walk = { open_up, remove_one, NULL };

	walk_one(&walk, dir, path, path);
}

/* --- contents ---------------------------------------------------------------
 */

char *
read_file(int dir, const char *path, size_t max, size_t *len)
{
	auto_fd int fd = open_quietly(dir, path, 0);
	char *bytes;
	ssize_t got;

	*len = 0;
	if (fd < 0)
		return NULL;
	bytes = xcalloc(1, max + 1);
	got = io_read_all(fd, bytes, max);
	if (got < 0)
		die("read", path);
	*len = (size_t)got;
	return bytes;
}

/* The text of a symlink; the caller frees. */
static char *
link_text(const struct place *place)
{
	char *text = xcalloc(1, 4096);

	if (readlinkat(place->dir, place->name, text, 4095) < 0)
		die("readlink", place->path);
	return text;
}

static void
picture_attributes(const struct place *place, FILE *out)
{
	char *path = text_of("/proc/self/fd/%d/%s", place->dir, place->name);
	char names[1024], value[1024];
	ssize_t len = llistxattr(path, names, sizeof(names));

	for (ssize_t at = 0; at < len; at += (ssize_t)strlen(names + at) + 1) {
		ssize_t size =
		    lgetxattr(path, names + at, value, sizeof(value));

		fprintf(out, " %s=%.*s", names + at, (int)size, value);
	}
	free(path);
}

/* ctime tells of changes that leave no other trace. */
static void
picture_one(const struct place *place, void *context)
{
	const struct stat *st = place->st;
	auto_free char *content = NULL;
	FILE *out = context;
	size_t len = 0;

	/* A symlink is read by whoever is led through it. */
	fprintf(out,
	    "a%lld.%09ld %s %lu %o %u:%u %lld x%lu m%lld.%09ld "
	    "c%lld.%09ld",
	    S_ISLNK(st->st_mode) ? 0 : (long long)st->st_atim.tv_sec,
	    S_ISLNK(st->st_mode) ? 0 : st->st_atim.tv_nsec, place->path,
	    (unsigned long)st->st_ino, st->st_mode, st->st_uid, st->st_gid,
	    (long long)st->st_size, (unsigned long)st->st_nlink,
	    (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
	    (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
	picture_attributes(place, out);
	if (S_ISREG(st->st_mode))
		content = read_file(place->dir, place->name, FILE_MAX, &len);
	else if (S_ISLNK(st->st_mode))
		content = link_text(place);
	fprintf(out, " %s\n", content == NULL ? "" : content);
}

char *
tree_picture(const char *path)
{
	struct walk walk = { picture_one, NULL, NULL };
	char *text = NULL;
	size_t size = 0;

	walk.context = open_memstream(&text, &size);
	if (walk.context == NULL)
		die("memory for", path);
	walk_one(&walk, AT_FDCWD, path, path);
	if (fclose(walk.context) != 0)
		die("memory for", path);
	return text;
}

/* --- searching ---------------------------------------------------------------
 */

struct search {
	const struct marks *marks;
	struct found *found;
};

bool
has_text(const char *bytes, size_t len, const char *const *texts)
{
	for (; *texts != NULL; texts++) {
		if (memmem(bytes, len, *texts, strlen(*texts)) != NULL)
			return true;
	}
	return false;
}

static void
note(struct found *found, unsigned *count, const struct place *place)
{
	(*count)++;
	if (found->first[0] == '\0')
		snprintf(found->first, sizeof(found->first), "%s", place->path);
}

static void
search_one(const struct place *place, void *context)
{
	const struct search *search = context;
	const struct marks *marks = search->marks;
	struct found *found = search->found;
	auto_free char *content = NULL;
	size_t len = 0;

	if (has_text(place->name, strlen(place->name), marks->texts))
		note(found, &found->contents, place);
	if (marks->time != 0 && place->st->st_mtim.tv_sec == marks->time)
		note(found, &found->metadata, place);
	if (S_ISLNK(place->st->st_mode)) {
		content = link_text(place);
		if (strstr(content, marks->link) != NULL)
			note(found, &found->metadata, place);
		return;
	}
	if (!S_ISREG(place->st->st_mode))
		return;
	content = read_file(place->dir, place->name, FILE_MAX, &len);
	if (content != NULL && has_text(content, len, marks->texts))
		note(found, &found->contents, place);
}

void
tree_search(const char *path, const struct marks *marks, struct found *found)
{
	struct search search = { marks, found };
	const struct walk walk = { search_one, NULL, &search };

	walk_one(&walk, AT_FDCWD, path, path);
}
