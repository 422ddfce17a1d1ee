/* Tables of what exists; each object is told by its own content. */
#include "tests/race/common/kept.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/io.h"

enum { CONTENT_MAX = 4096 };

struct row {
	const char *path;
	const char *text; /* a symlink's; NULL: a file, or "/": a directory */
	bool is_flipped, is_linked;
};

// clang-format off
static const struct row rows[] = {
	{ "keep",             "/",        false, false },
	{ "keep/f0",          NULL,       false, false },
	{ "keep/f1",          NULL,       false, false },
	{ "keep/f2",          NULL,       false, true  },
	{ "keep/f3",          NULL,       false, false },
	{ "keep/link",        "f0",       false, false },
	{ "keep/d0",          "/",        false, false },
	{ "keep/d0/f",        NULL,       false, false },
	{ "keep/d0/x",        NULL,       false, false },
	{ "keep/d0/sub",      "/",        false, false },
	{ "keep/d0/sub/h",    NULL,       false, false },
	{ "flip",             "/",        false, false },
	/* Two files, two directories, one of which lacks what the other has. */
	{ "flip/a0",          NULL,       true,  false },
	{ "flip/a1",          NULL,       true,  false },
	{ "flip/e0",          "/",        true,  false },
	{ "flip/e0/f",        NULL,       true,  false },
	{ "flip/e0/g",        NULL,       true,  false },
	{ "flip/e1",          "/",        true,  false },
	{ "flip/e1/k",        NULL,       true,  false },
	/* A directory, and a symlink to the free one. */
	{ "flip/in",          "/",        true,  false },
	{ "flip/in/x",        NULL,       true,  false },
	{ "flip/in/y",        NULL,       true,  false },
	{ "flip/in/pre0",     NULL,       true,  false },
	{ "flip/in-free",     "../locks", true,  false },
	/* Each with a name that sessions give to what they make. */
	{ "flip/kept0",       NULL,       true,  false },
	{ "flip/kept1",       NULL,       true,  false },
	{ "flip/kept2",       NULL,       true,  false },
	/* A directory that takes the free one's name. */
	{ "flip/top",         "/",        true,  false },
	{ "flip/top/x",       NULL,       true,  false },
	{ "flip/top/pre1",    NULL,       true,  false },
	{ "flip/top/d",       "/",        true,  false },
	{ "flip/top/d/f",     NULL,       true,  false },
};

/* What may be changed. */
static const struct row free_rows[] = {
	{ "locks",            "/",          false, false },
	{ "locks/x",          NULL,         false, false },
	{ "locks/y",          NULL,         false, false },
	{ "locks/d",          "/",          false, false },
	{ "locks/d/f",        NULL,         false, false },
	{ "locks/d/x",        NULL,         false, false },
	{ "locks/outx",       "../keep/f1", false, false },
	{ "locks/outd",       "../keep/d0", false, false },
};

/* Sent by rsync: names of what is there in one place and not in another. */
static const struct row sent_rows[] = {
	{ "up",               "/",  false, false },
	{ "up/d",             "/",  false, false },
	{ "up/e0",            "/",  false, false },
	{ "up/f",             NULL, false, false },
	{ "up/f0",            NULL, false, false },
	{ "up/g",             NULL, false, false },
	{ "up/k",             NULL, false, false },
	{ "up/x",             NULL, false, false },
	{ "up/y",             NULL, false, false },
	{ "up/pre0",          NULL, false, false },
	{ "up/a0",            NULL, false, false },
	{ "up/kept0",         NULL, false, false },
	{ "up/mine0",         NULL, false, false },
	{ "up/d/f",           NULL, false, false },
	{ "up/e0/f",          NULL, false, false },
	{ "up/e0/k",          NULL, false, false },
};
// clang-format on

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

_Static_assert(COUNT(rows) <= KEPT_MAX, "no room for all that exists");

static void
make_row(int dir, const struct row *row)
{
	auto_free char *content = text_of("this is %s\n", row->path);

	if (row->text == NULL)
		make_file(dir, row->path, content, 1);
	else if (row->text[0] == '/')
		make_directory(dir, row->path);
	else
		make_link(dir, row->text, row->path);
}

/* The bytes of what is held, or a symlink's text; "" of all else. */
static char *
content_of(const struct kept_object *object)
{
	auto_free char *by_fd = text_of("/proc/self/fd/%d", object->fd);
	char room[CONTENT_MAX];
	auto_fd int fd = -1;
	ssize_t len = 0;

	if (S_ISLNK(object->st.st_mode)) {
		len = readlinkat(object->fd, "", room, sizeof(room) - 1);
	} else if (S_ISREG(object->st.st_mode)) {
		fd = open(by_fd, O_RDONLY | O_NOATIME | O_CLOEXEC);
		len = fd < 0 ? -1 : io_read_all(fd, room, sizeof(room) - 1);
	}
	if (len < 0)
		die("read", object->path);
	room[len] = '\0';
	return text_of("%s", room);
}

/* Takes the object that is held as it is now, under that name. */
static void
kept_take(struct kept_object *object, const char *path)
{
	free(object->path);
	free(object->content);
	object->path = text_of("%s", path);
	if (fstat(object->fd, &object->st) != 0)
		die("stat", path);
	object->content = content_of(object);
}

static void
hold(struct kept_object *object, int root, const char *path)
{
	object->fd = openat(root, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (object->fd < 0)
		die("hold", path);
	kept_take(object, path);
}

static void
let_go(struct kept_object *object)
{
	auto_close_fd(&object->fd);
	free(object->path);
	free(object->content);
	*object = (struct kept_object){ .fd = -1 };
}

static void
let_all_go(struct kept_world *world)
{
	for (size_t i = 0; i < world->count; i++)
		let_go(&world->objects[i]);
	for (size_t i = 0; i < KEPT_LEAVERS; i++)
		let_go(&world->leavers[i]);
	world->count = 0;
	auto_close_fd(&world->root);
}

void
kept_open(struct kept_world *world, const char *base)
{
	*world =
	    (struct kept_world){ .base = realpath(base, NULL), .root = -1 };
	for (size_t i = 0; i < KEPT_LEAVERS; i++)
		world->leavers[i].fd = -1;
	world->fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (world->base == NULL || world->fd < 0)
		die("open", base);
	for (size_t i = 0; i < COUNT(sent_rows); i++)
		make_row(world->fd, &sent_rows[i]);
	kept_renew(world);
}

void
kept_close(struct kept_world *world)
{
	static const char *const parts[] = { "root", "up", "out" };

	let_all_go(world);
	for (size_t i = 0; i < COUNT(parts); i++)
		remove_tree(world->fd, parts[i]);
	auto_close_fd(&world->fd);
	free(world->base);
}

/*
 * A session's start is told by the clock that goes on tick by tick, a birth
 * perhaps by the one that goes on always (Linux 6.13): that is ahead of the
 * other, also just behind a tick. What is there must be older than the
 * start by both.
 */
static void
wait_for_tick(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct timespec born, now;

	clock_gettime(CLOCK_REALTIME, &born);
	do {
		nanosleep(&pause, NULL);
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	} while (now.tv_sec < born.tv_sec ||
		 (now.tv_sec == born.tv_sec && now.tv_nsec <= born.tv_nsec));
}

void
kept_renew(struct kept_world *world)
{
	let_all_go(world);
	remove_tree(world->fd, "root");
	make_directory(world->fd, "root");
	world->root =
	    openat(world->fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (world->root < 0)
		die("open", "root");
	for (size_t i = 0; i < COUNT(rows); i++)
		make_row(world->root, &rows[i]);
	for (size_t i = 0; i < COUNT(free_rows); i++)
		make_row(world->root, &free_rows[i]);
	if (linkat(world->root, "keep/f2", world->root, "locks/alias", 0) != 0)
		die("link", "alias");
	for (size_t i = 0; i < COUNT(rows); i++) {
		hold(&world->objects[i], world->root, rows[i].path);
		world->objects[i].is_flipped = rows[i].is_flipped;
		world->objects[i].is_linked = rows[i].is_linked;
		world->count++;
	}
	for (size_t i = 0; i < KEPT_LEAVERS; i++) {
		auto_free char *path = text_of("locks/pre%zu", i);

		make_file(world->root, path, "free\n", 1);
		hold(&world->leavers[i], world->root, path);
		free(world->leavers[i].path);
		world->leavers[i].path = NULL;
	}
	if (fstatat(world->root, "locks", &world->free, 0) != 0)
		die("stat", "locks");
	wait_for_tick();
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

void
kept_has_left(struct kept_world *world, const char *path)
{
	struct stat st;

	/* What a session made may be gone by now. */
	if (fstatat(world->root, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	for (size_t i = 0; i < KEPT_LEAVERS; i++) {
		struct kept_object *leaver = &world->leavers[i];

		if (is_same(&leaver->st, &st) && leaver->path == NULL)
			kept_take(leaver, path);
	}
}

/* --- comparing --------------------------------------------------------------
 */

static void printf_like(4, 5) note_harm(struct kept_harm *harm, unsigned *count,
    const struct kept_object *object, const char *format, ...)
{
	char text[128];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(*count)++;
	if (harm->first[0] == '\0')
		snprintf(harm->first, sizeof(harm->first), "%.100s: %s",
		    object->path, text);
}

/* In what an object differs from what it was; NULL: in nothing. A directory's
 * time tells of what was created in it. */
static const char *
change_of(const struct kept_object *object, const struct stat *now)
{
	const struct stat *was = &object->st;
	auto_free char *content = content_of(object);

	if (was->st_mode != now->st_mode)
		return "its mode";
	if (was->st_uid != now->st_uid || was->st_gid != now->st_gid)
		return "its owner";
	if (strcmp(object->content, content) != 0)
		return "its bytes";
	if (S_ISDIR(was->st_mode))
		return NULL;
	if (was->st_size != now->st_size)
		return "its size";
	return was->st_mtim.tv_sec != now->st_mtim.tv_sec ||
		       was->st_mtim.tv_nsec != now->st_mtim.tv_nsec
		   ? "its time"
		   : NULL;
}

static bool
has_its_name(const struct kept_world *world, const struct kept_object *object)
{
	struct stat st;

	return fstatat(world->root, object->path, &st, AT_SYMLINK_NOFOLLOW) ==
		   0 &&
	       is_same(&object->st, &st);
}

static void
compare_one(const struct kept_world *world, const struct kept_object *object,
    struct kept_harm *harm, bool is_leaver)
{
	unsigned *changed = is_leaver ? &harm->left : &harm->changed;
	struct stat now;
	const char *what;

	if (fstat(object->fd, &now) != 0)
		die("stat", object->path);
	if (now.st_nlink == 0) {
		note_harm(harm, is_leaver ? &harm->left : &harm->lost, object,
		    "is gone");
		return;
	}
	what = change_of(object, &now);
	if (what != NULL)
		note_harm(harm, changed, object, "%s has changed", what);
	if (!object->is_flipped && !has_its_name(world, object))
		note_harm(harm, is_leaver ? &harm->left : &harm->moved, object,
		    "has another name");
}

/* Looks for what exists among all that lies in the free directory. */
static void
find_entered(const struct kept_world *world, int above, const char *name,
    bool is_free, struct kept_harm *harm)
{
	auto_fd int fd = openat(above, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(dup(fd));
	const struct dirent *entry;
	struct stat st;

	if (list == NULL || fstat(fd, &st) != 0)
		die("list", name);
	is_free |= is_same(&st, &world->free);
	while ((entry = readdir(list)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		for (size_t i = 0; is_free && i < world->count; i++) {
			const struct kept_object *object = &world->objects[i];

			if (is_same(&object->st, &st) && !object->is_linked)
				note_harm(harm, &harm->entered, object,
				    "is in the free directory: %.60s",
				    entry->d_name);
		}
		if (S_ISDIR(st.st_mode))
			find_entered(world, fd, entry->d_name, is_free, harm);
	}
	closedir(list);
}

void
kept_compare(const struct kept_world *world, struct kept_harm *harm)
{
	for (size_t i = 0; i < world->count; i++)
		compare_one(world, &world->objects[i], harm, false);
	for (size_t i = 0; i < KEPT_LEAVERS; i++) {
		if (world->leavers[i].path != NULL)
			compare_one(world, &world->leavers[i], harm, true);
	}
	find_entered(world, world->fd, "root", false, harm);
}

unsigned
kept_free_changes(const struct kept_world *world)
{
	unsigned count = 0;

	for (size_t i = 0; i < KEPT_LEAVERS; i++) {
		struct stat now;

		count += world->leavers[i].path != NULL ||
			 fstat(world->leavers[i].fd, &now) != 0 ||
			 now.st_nlink == 0 ||
			 change_of(&world->leavers[i], &now) != NULL;
	}
	return count;
}
