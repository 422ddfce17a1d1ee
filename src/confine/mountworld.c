/*
 * Builds the world that a namespace shows. The tmpfs of a program's world is
 * mounted on the root's own directory, the one place that surely exists, and
 * only in this namespace. Trusts the administrator's paths, and nothing in the
 * tree.
 */
#include "confine/mountworld.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "base/xalloc.h"
#include "confine/mountcalls.h"
#include "confine/needed_files.h"
#include "confine/passwdcopy.h"

/*
 * Is path the place of the tree, or below it? A mount point there would be
 * made in the tree itself, and be hidden besides.
 */
static bool
is_below_place(const char *path)
{
	size_t len = strlen(MOUNTNS_PLACE);

	return strncmp(path, MOUNTNS_PLACE, len) == 0 &&
	       (path[len] == '/' || path[len] == '\0');
}

static int
take_files(struct mountworld *world)
{
	const struct needed_files *files = world->plan->files;

	*world->step = "copies of the program's files";
	world->files = xcalloc(files->count + 1, sizeof(*world->files));
	for (size_t i = 0; i < files->count; i++)
		world->files[i] = -1;
	for (size_t i = 0; i < files->count; i++) {
		const char *path = files->at[i].path;

		errno = EINVAL;
		if (path[0] != '/' || is_below_place(path))
			return -1;
		world->files[i] = mountcalls_clone(path, true);
		if (world->files[i] < 0)
			return -1;
	}
	return 0;
}

int
mountworld_take(struct mountworld *world)
{
	*world->step = "a copy of the root's mounts";
	world->tree = mountcalls_clone(".", !world->plan->one_file_system);
	if (world->tree < 0)
		return -1;
	return world->plan->files == NULL ? 0 : take_files(world);
}

/* The directories above path, which has no leading '/'. */
static int
make_parents(const char *path)
{
	char parent[PATH_MAX];

	for (const char *at = strchr(path, '/'); at != NULL;
	     at = strchr(at + 1, '/')) {
		size_t len = (size_t)(at - path);

		if (len >= sizeof(parent)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(parent, path, len);
		parent[len] = '\0';
		if (mkdir(parent, 0755) != 0 && errno != EEXIST)
			return -1;
	}
	return 0;
}

static int
make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0444);

	return fd < 0 ? -1 : close(fd);
}

static int
make_one(const char *path, bool is_directory)
{
	if (!is_directory)
		return make_file(path);
	return mkdir(path, 0755) == 0 || errno == EEXIST ? 0 : -1;
}

/* Something of the same kind to mount a file or directory on. */
static int
make_place(const char *path, const struct stat *st)
{
	/* Most files share a directory, which the first of them has made. */
	if (make_one(path, S_ISDIR(st->st_mode)) == 0)
		return 0;
	if (errno != ENOENT || make_parents(path) != 0)
		return -1;
	return make_one(path, S_ISDIR(st->st_mode));
}

/* A device that a program needs stays alive, unlike those in the tree. */
static int
attach_file(int fd, const char *path, const struct stat *st)
{
	uint64_t flags = MOUNTCALLS_RDONLY | MOUNTCALLS_NOSUID;

	if (!S_ISCHR(st->st_mode))
		flags |= MOUNTCALLS_NODEV;
	return mountcalls_attach(fd, path) != 0
		   ? -1
		   : mountcalls_restrict(path, flags, true);
}

static int
place_files(const struct mountworld *world)
{
	const struct needed_files *files = world->plan->files;

	*world->step = "the program's files";
	for (size_t i = 0; i < files->count; i++) {
		const char *path = files->at[i].path + 1;
		struct stat st;

		if (fstat(world->files[i], &st) != 0 ||
		    make_place(path, &st) != 0 ||
		    attach_file(world->files[i], path, &st) != 0)
			return -1;
	}
	return 0;
}

/* Where the root is "/" a program's files are in it; devices are dead. */
static int
revive_devices(const struct mountworld *world)
{
	const struct needed_files *files = world->plan->files;

	*world->step = "the program's devices";
	for (size_t i = 0; i < files->count; i++) {
		const char *path = files->at[i].path + 1;
		struct stat st;

		if (fstat(world->files[i], &st) != 0)
			return -1;
		if (S_ISCHR(st.st_mode) &&
		    attach_file(world->files[i], path, &st) != 0)
			return -1;
	}
	return 0;
}

uint64_t
mountworld_flags(const struct mountns_plan *plan)
{
	uint64_t flags = MOUNTCALLS_NOSUID | MOUNTCALLS_NODEV;

	if (!plan->whole)
		flags |= MOUNTCALLS_NOEXEC;
	if (plan->read_only)
		flags |= MOUNTCALLS_RDONLY;
	return flags;
}

/* Attaches the tree at a place (relative) and takes its teeth. */
static int
place_tree(const struct mountworld *world, const char *place)
{
	*world->step = "the root's mounts";
	if (mountcalls_attach(world->tree, place) != 0)
		return -1;
	/* "." is what the tree now covers: it is entered by descriptor. */
	if (strcmp(place, ".") == 0 && fchdir(world->tree) != 0)
		return -1;
	return mountcalls_restrict(place, mountworld_flags(world->plan), true);
}

/*
 * The root's own paths lead to the tree, so that a symlink whose text begins
 * with one leads where it does on the machine. They can't where a program's
 * file lies below (the root is /usr).
 */
static int
place_own_paths(const struct mountworld *world)
{
	*world->step = "the root's own path";
	for (size_t i = 0; i < 2; i++) {
		const char *path = world->plan->own[i];

		if (path == NULL || path[0] != '/' || path[1] == '\0' ||
		    is_below_place(path))
			continue;
		if (make_parents(path + 1) == 0 &&
		    symlink(MOUNTNS_PLACE, path + 1) == 0)
			continue;
		if (errno != EEXIST && errno != ENOTDIR)
			return -1;
	}
	return 0;
}

int
mountworld_enter_tmpfs(const char **step)
{
	auto_fd int fd = -1;

	*step = "a tmpfs";
	fd = mountcalls_tmpfs("4m");
	if (fd < 0 || mountcalls_attach(fd, ".") != 0)
		return -1;
	return fchdir(fd);
}

static int
place_proc(const struct mountworld *world)
{
	const char *place = &MOUNTNS_PROC[1];

	*world->step = "/proc";
	if (world->proc < 0)
		return 0;
	return mkdir(place, 0755) != 0 && errno != EEXIST
		   ? -1
		   : mountcalls_attach(world->proc, place);
}

static int
build_program_world(const struct mountworld *world)
{
	const char *place = &MOUNTNS_PLACE[1];

	if (mountworld_enter_tmpfs(world->step) != 0 || place_files(world) != 0)
		return -1;
	if (world->plan->names) {
		*world->step = "names of users and groups";
		if (passwdcopy_write(world->plan->more_names) != 0)
			return -1;
	}
	if (place_proc(world) != 0 || place_own_paths(world) != 0)
		return -1;
	*world->step = "the root's mounts";
	if (mkdir(place, 0755) != 0 || place_tree(world, place) != 0)
		return -1;
	*world->step = "a tmpfs";
	return mountcalls_restrict(".", MOUNTCALLS_RDONLY, false);
}

int
mountworld_build(struct mountworld *world)
{
	if (world->plan->files != NULL && !world->plan->whole)
		return build_program_world(world);
	if (place_tree(world, ".") != 0)
		return -1;
	return world->plan->files == NULL ? 0 : revive_devices(world);
}

void
mountworld_free(struct mountworld *world)
{
	for (size_t i = 0;
	     world->files != NULL && i < world->plan->files->count; i++)
		auto_close_fd(&world->files[i]);
	auto_close_fd(&world->tree);
	auto_close_fd(&world->proc);
	auto_free_memory(&world->files);
}
