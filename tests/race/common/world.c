/* The trees of the world, by a table of what lies in each of their parts. */
#include "tests/race/common/world.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/xalloc.h"

#define INSIDE "a line of the root\n"
#define OLDER "an older line of the root\n"
#define CLIENT "a line of the client\n"
#define SECRET "OUTSIDE-SECRET\n"

/* The second: a name of outside. The last: a file among the system's
 * libraries, which a rule for their directory would show. */
static const char *const texts[] = { "OUTSIDE-SECRET", "OUTSIDE-NAME",
	"BUG_REPORT_URL=", NULL };

const struct marks world_marks = { texts, "OUTSIDE-LINK", OUTSIDE_TIME };

/* What lies in each directory whose name is exchanged, here and outside. */
static void
fill(int dir, const char *path, const char *line, bool outside)
{
	// clang-format off
	const struct { const char *name, *text; size_t size; } files[] = {
		{ "f",        line, 1 },
		{ "g",        line, 300 },
		{ "sub/h",    line, 1 },
		{ "sub/deep/i", line, 1 },
		{ "big",      line, outside ? 300 : 60000 },
		{ ".rules",   outside ? SECRET : "- nothing\n", 1 },
		{ "OUTSIDE-NAME", outside ? SECRET : NULL, 1 },
		{ "only",     outside ? SECRET : NULL, 1 },
	};
	static const char *const directories[] = { "", "/sub", "/sub/deep",
		"/empty" };
	// clang-format on
	char *link = text_of("%s/link", path);

	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories);
	     i++) {
		auto_free char *name = text_of("%s%s", path, directories[i]);

		make_directory(dir, name);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		auto_free char *name = text_of("%s/%s", path, files[i].name);

		if (files[i].text != NULL)
			make_file(dir, name, files[i].text, files[i].size);
	}
	make_link(dir, outside ? "OUTSIDE-LINK" : "f", link);
	free(link);
}

/* A tree of three such directories and three such files. */
static void
make_area(int dir, const char *path, const char *line, bool outside)
{
	static const char *const parts[] = { "d0", "d1", "p/d2" };
	static const char *const files[] = { "f0", "f1", "p/f2", "steady" };
	auto_free char *between = text_of("%s/p", path);

	make_directory(dir, path);
	make_directory(dir, between);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		auto_free char *name = text_of("%s/%s", path, parts[i]);

		fill(dir, name, line, outside);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		auto_free char *name = text_of("%s/%s", path, files[i]);

		make_file(dir, name, line, 100);
	}
}

/* Times that a first look would change, and an attribute to be taken. */
static void
age(const struct world *world, const char *path)
{
	const struct timespec times[2] = { { .tv_sec = OUTSIDE_TIME - 1 },
		{ .tv_sec = OUTSIDE_TIME } };
	auto_fd int fd =
	    openat(world->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	DIR *list = fdopendir(dup(fd));

	while (list != NULL && (entry = readdir(list)) != NULL) {
		char *name = text_of("%s/%s", path, entry->d_name);
		auto_free char *full = text_of("%s/%s", world->base, name);

		if (entry->d_type == DT_REG &&
		    setxattr(full, "user.there", "x", 1, 0) != 0 &&
		    errno != EOPNOTSUPP)
			die("setxattr", name);
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			age(world, name);
		if (strcmp(entry->d_name, "..") != 0 &&
		    strcmp(entry->d_name, ".") != 0 &&
		    entry->d_type != DT_DIR &&
		    utimensat(world->fd, name, times, AT_SYMLINK_NOFOLLOW) != 0)
			die("utimensat", name);
		free(name);
	}
	if (list == NULL || closedir(list) != 0 ||
	    utimensat(world->fd, path, times, 0) != 0)
		die("age", path);
}

static void
make_outside(struct world *world)
{
	const struct timespec times[2] = { { .tv_sec = OUTSIDE_TIME - 1 },
		{ .tv_sec = OUTSIDE_TIME } };
	auto_free char *path = text_of("%s/far", world->base);

	remove_tree(world->fd, "far");
	make_area(world->fd, "far", SECRET, true);
	age(world, "far");
	free(world->before);
	world->before = tree_picture(path);
	if (futimens(world->fd, times) != 0)
		die("age", world->base);
}

/*
 * Has somebody listed the directory that holds outside? No symlink leads there,
 * and nothing of the test lists it: then a stranger walks the machine (find,
 * updatedb, a cleaner of /tmp), who comes to outside by it and leaves times of
 * access there.
 */
static bool
is_walked(const struct world *world)
{
	struct stat st;

	return fstat(world->fd, &st) == 0 &&
	       st.st_atim.tv_sec != OUTSIDE_TIME - 1;
}

/* Without the times of access, with which each line of a picture begins. */
static char *
without_access(const char *picture)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		die("memory for", "a picture");
	while (*picture != '\0') {
		size_t len = strcspn(picture, "\n");
		const char *blank = memchr(picture, ' ', len);
		size_t skip = blank == NULL ? 0 : (size_t)(blank + 1 - picture);

		fprintf(out, "%.*s\n", (int)(len - skip), picture + skip);
		picture += len + (picture[len] != '\0');
	}
	if (fclose(out) != 0)
		die("memory for", "a picture");
	return text;
}

/* Does outside differ from what it was, by what its visitors may not do? */
static bool
has_changed(const struct world *world, const char *now)
{
	bool differs;
	char *one, *two;

	if (strcmp(now, world->before) == 0 || !is_walked(world))
		return strcmp(now, world->before) != 0;
	one = without_access(world->before);
	two = without_access(now);
	differs = strcmp(one, two) != 0;
	free(one);
	free(two);
	return differs;
}

void
world_open(struct world *world, const char *base)
{
	*world = (struct world){ .base = realpath(base, NULL) };
	if (world->base == NULL)
		die("no directory", base);
	world->fd = open(world->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (world->fd < 0)
		die("open", base);
	make_outside(world);
	make_area(world->fd, "up", CLIENT, false);
	make_file(world->fd, "list",
	    "steady\nd0/f\nd1/sub/h\np/d2/g\nf0\nd0/link\n", 1);
	world_renew(world);
}

void
world_close(struct world *world)
{
	static const char *const parts[] = { "root", "far", "up", "got", "list",
		"out" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		remove_tree(world->fd, parts[i]);
	auto_close_fd(&world->fd);
	free(world->before);
	free(world->base);
}

void
world_renew(struct world *world)
{
	static const char *const sides[] = { "root/old", "root/tmp",
		"root/part" };

	remove_tree(world->fd, "root");
	remove_tree(world->fd, "got");
	make_directory(world->fd, "got");
	make_directory(world->fd, "root");
	make_directory(world->fd, "root/x");
	make_area(world->fd, "root/src", INSIDE, false);
	make_area(world->fd, "root/dst", OLDER, false);
	make_area(world->fd, "root/prev", CLIENT, false);
	for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
		make_directory(world->fd, sides[i]);
	make_file(world->fd, "root/dst/d0/gone", OLDER, 1);
	make_file(world->fd, "root/dst/p/d2/gone", OLDER, 1);
	make_file(world->fd, "root/dst/gone", OLDER, 1);
}

/* The first line in which two pictures differ. */
static char *
difference(const char *before, const char *after)
{
	while (*before != '\0' && *after != '\0') {
		size_t one = strcspn(before, "\n"), two = strcspn(after, "\n");

		if (one != two || memcmp(before, after, one) != 0)
			break;
		before += one + (before[one] != '\0');
		after += two + (after[two] != '\0');
	}
	return text_of("outside has changed: was \"%.*s\", is \"%.*s\"",
	    (int)strcspn(before, "\n"), before, (int)strcspn(after, "\n"),
	    after);
}

char *
world_escape(struct world *world, unsigned *metadata)
{
	auto_free char *far = text_of("%s/far", world->base);
	auto_free char *root = text_of("%s/root", world->base);
	auto_free char *got = text_of("%s/got", world->base);
	auto_free char *now = tree_picture(far);
	auto_free char *out = NULL;
	struct found found = { .first = "" };
	char *text = NULL;
	size_t len;

	if (has_changed(world, now))
		text = difference(world->before, now);
	if (text != NULL || is_walked(world))
		make_outside(world);
	if (text != NULL)
		return text;
	tree_search(root, &world_marks, &found);
	tree_search(got, &world_marks, &found);
	*metadata += found.metadata;
	if (found.contents > 0)
		return text_of("outside is in %s", found.first);
	out = read_file(world->fd, "out", 1 << 20, &len);
	if (out != NULL && has_text(out, len, world_marks.texts))
		return text_of("outside is in what the client prints");
	return NULL;
}
