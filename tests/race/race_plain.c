/*
 * The control: acts by plain path on names that are exchanged with symlinks,
 * each as a careful program would, that first looks whether it is led
 * outside. All of them are led there nevertheless, and soon.
 *
 *     race_plain DIRECTORY
 *
 * prints a line an act: its name, how often it was tried until it escaped (0:
 * not within the bound), how.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/race/common/world.h"

enum { SECONDS_MAX = 30 }; /* an act; a hundredth is usual */

/* Prints what it has seen into seen: for acts that change nothing. */
typedef void act(char *seen, size_t size);

static void
act_read(char *seen, size_t size)
{
	auto_fd int fd = open("dst/d0/f", O_RDONLY);

	if (fd >= 0 && read(fd, seen, size - 1) < 0)
		seen[0] = '\0';
}

/* It tells nobody: only the time of access does. */
static void
act_read_unseen(char *seen, size_t size)
{
	auto_fd int fd = open("dst/d0/f", O_RDONLY);
	char byte;

	(void)seen;
	(void)size;
	if (fd >= 0 && read(fd, &byte, 1) < 0)
		die("read", "");
}

static void
act_list(char *seen, size_t size)
{
	DIR *list = opendir("dst/d0");
	struct dirent *entry;

	while (list != NULL && (entry = readdir(list)) != NULL)
		if (strcmp(entry->d_name, "OUTSIDE-NAME") == 0)
			snprintf(seen, size, "%s", entry->d_name);
	if (list != NULL)
		closedir(list);
}

static void
act_read_library(char *seen, size_t size)
{
	auto_fd int fd = open("dst/p/f2", O_RDONLY);

	if (fd >= 0 && read(fd, seen, size - 1) < 0)
		seen[0] = '\0';
}

static void
act_readlink(char *seen, size_t size)
{
	if (readlink("dst/d0/link", seen, size - 1) < 0)
		seen[0] = '\0';
}

static void
act_stat(char *seen, size_t size)
{
	struct stat st;

	if (stat("dst/d0/f", &st) == 0 && st.st_mtime == OUTSIDE_TIME)
		snprintf(seen, size, "its time");
}

static void
ignore(int result)
{
	(void)result;
}

static void
act_write(char *seen, size_t size)
{
	auto_fd int fd = open("dst/d0/f", O_WRONLY);

	(void)seen;
	(void)size;
	if (fd >= 0 && write(fd, "new", 3) < 0)
		die("write", "");
}

#define ACT(name, call)                           \
	static void name(char *seen, size_t size) \
	{                                         \
		(void)seen;                       \
		(void)size;                       \
		ignore(call);                     \
	}

static int
fresh(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0644);

	return fd < 0 ? -1 : close(fd);
}

static int
gone(const char *path)
{
	return unlink(path) != 0 && errno != ENOENT;
}

static const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };

// clang-format off
ACT(act_create, fresh("dst/d0/new"))
ACT(act_truncate, truncate("dst/d0/g", 1))
ACT(act_unlink, unlink("dst/d0/g"))
ACT(act_rmdir, rmdir("dst/d0/empty"))
ACT(act_mkdir, mkdir("dst/d0/newdir", 0755))
ACT(act_symlink, symlink("x", "dst/d0/newlink"))
ACT(act_mknod, mkfifo("dst/d0/fifo", 0644))
ACT(act_rename_out, fresh("dst/mine") || rename("dst/mine", "dst/d0/renamed"))
ACT(act_rename_in, rename("dst/d0/g", "dst/renamed"))
ACT(act_link, gone("dst/linked") || link("dst/d0/f", "dst/linked"))
ACT(act_chmod, chmod("dst/d0/f", 0600))
ACT(act_chmod_directory, chmod("dst/d0", 0700))
ACT(act_chown, chown("dst/d0/f", (uid_t)-1, getegid()))
ACT(act_utimes, utimensat(AT_FDCWD, "dst/d0/f", times, 0))
ACT(act_setxattr, setxattr("dst/d0/f", "user.new", "x", 1, 0))
ACT(act_removexattr, removexattr("dst/d0/f", "user.there"))
// clang-format on

static void
act_chdir(char *seen, size_t size)
{
	auto_fd int here = open(".", O_PATH | O_DIRECTORY);

	(void)seen;
	(void)size;
	if (chdir("dst/d0") == 0)
		ignore(chmod("f", 0600));
	if (fchdir(here) != 0)
		die("fchdir", "");
}

static const struct {
	const char *name;
	act *act;
} acts[] = {
	{ "read", act_read },
	{ "read-unseen", act_read_unseen },
	{ "read-library", act_read_library },
	{ "list", act_list },
	{ "readlink", act_readlink },
	{ "stat", act_stat },
	{ "create", act_create },
	{ "write", act_write },
	{ "truncate", act_truncate },
	{ "unlink", act_unlink },
	{ "rmdir", act_rmdir },
	{ "mkdir", act_mkdir },
	{ "symlink", act_symlink },
	{ "mknod", act_mknod },
	{ "rename-out", act_rename_out },
	{ "rename-in", act_rename_in },
	{ "link", act_link },
	{ "chmod", act_chmod },
	{ "chmod-directory", act_chmod_directory },
	{ "chown", act_chown },
	{ "utimes", act_utimes },
	{ "setxattr", act_setxattr },
	{ "removexattr", act_removexattr },
	{ "chdir", act_chdir },
};

/* The look before: neither name is a symlink just now. Then comes what a
 * program has to do until it acts. */
static bool
looks_inside(void)
{
	const struct timespec work = { .tv_nsec = 1000 };
	struct stat one, two;
	bool inside;

	inside = lstat("dst/d0", &one) == 0 && S_ISDIR(one.st_mode) &&
		 lstat("dst/p/f2", &two) == 0 && S_ISREG(two.st_mode);
	if (inside && nanosleep(&work, NULL) != 0)
		return false;
	return inside;
}

static bool
has_escaped(const struct world *world, const char *seen)
{
	auto_free char *far = NULL;
	auto_free char *now = NULL;

	if (has_text(seen, strlen(seen), world_marks.texts) ||
	    strstr(seen, world_marks.link) != NULL ||
	    strcmp(seen, "its time") == 0)
		return true;
	far = text_of("%s/far", world->base);
	now = tree_picture(far);
	return strcmp(now, world->before) != 0;
}

static unsigned
try_act(const struct world *world, act *try)
{
	time_t end = time(NULL) + slowly(SECONDS_MAX);

	for (unsigned tries = 1; time(NULL) < end; tries++) {
		char seen[4096] = "";

		if (!looks_inside())
			continue;
		try(seen, sizeof(seen));
		if (has_escaped(world, seen))
			return tries;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct flipper flipper;
	struct world world;
	auto_free char *root = NULL;

	if (argc != 2)
		return 2;
	world_open(&world, argv[1]);
	root = text_of("%s/root", world.base);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		auto_free char *escape = NULL;
		unsigned tries, metadata = 0;

		world_renew(&world);
		if (chdir(root) != 0)
			die("chdir", root);
		flipper_start(&flipper, &world, AREA_DST);
		tries = try_act(&world, acts[i].act);
		printf("%s %u\n", acts[i].name, tries);
		fflush(stdout);
		flipper_stop(&flipper);
		escape = world_escape(&world, &metadata); /* repairs it */
	}
	world_close(&world);
	return 0;
}
