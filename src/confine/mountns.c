/*
 * Builds a small world and moves into it: a read-only tmpfs with the root's
 * tree and the program's own files, or the tree alone. Knows the order in
 * which mounts must be made; trusts the administrator's paths, and nothing in
 * the tree.
 *
 * The tree is taken before anything is mounted over anything, so that a root
 * of "/" is whole, /tmp included. The tmpfs is mounted on the root's own
 * directory, the one place that surely exists, and only in this namespace.
 */
#include "confine/mountns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/xalloc.h"
#include "confine/mountcalls.h"
#include "confine/needed_files.h"
#include "confine/passwdcopy.h"

struct world {
	const struct mountns_plan *plan;
	const char **step; /* what is being done, for the error */
	int tree;          /* a detached copy of the root's mounts */
	int *files;        /* detached copies of plan->files, or NULL */
};

static int
write_file(const char *path, const char *text)
{
	auto_fd int fd = -1;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -1 : io_write_all(fd, text, strlen(text));
}

/* Our own ids and no others: all that an ordinary user may map. */
static int
map_ids(uid_t uid, gid_t gid)
{
	char room[2][64];
	struct buf users, groups;

	buf_init(&users, room[0], sizeof(room[0]));
	buf_addf(&users, "%u %u 1\n", uid, uid);
	buf_init(&groups, room[1], sizeof(room[1]));
	buf_addf(&groups, "%u %u 1\n", gid, gid);
	if (write_file("/proc/self/setgroups", "deny") != 0 ||
	    write_file("/proc/self/uid_map", buf_text(&users)) != 0)
		return -1;
	return write_file("/proc/self/gid_map", buf_text(&groups));
}

/* The working directory comes along; a descriptor would not. */
static int
separate(bool user_namespace, const char **step)
{
	int flags = CLONE_NEWNS | CLONE_NEWIPC;
	uid_t uid = geteuid();
	gid_t gid = getegid();

	*step = user_namespace ? "user namespace" : "mount namespace";
	if (unshare(user_namespace ? flags | CLONE_NEWUSER : flags) != 0)
		return -1;
	*step = "id maps of the user namespace";
	if (user_namespace && map_ids(uid, gid) != 0)
		return -1;
	*step = "private mounts";
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int
take_tree(struct world *world)
{
	*world->step = "a copy of the root's mounts";
	world->tree = mountcalls_clone(".", !world->plan->one_file_system);
	return world->tree < 0 ? -1 : 0;
}

/*
 * A program below the place of the tree would have its mount point made in
 * the tree itself, and would be hidden besides.
 */
static bool
is_below_place(const char *path)
{
	size_t len = strlen(MOUNTNS_PLACE);

	return strncmp(path, MOUNTNS_PLACE, len) == 0 &&
	       (path[len] == '/' || path[len] == '\0');
}

static int
take_files(struct world *world)
{
	const struct needed_files *files = world->plan->files;

	*world->step = "copies of the program's files";
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
make_place(const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	/* Most files share a directory, which the first of them has made. */
	if (make_one(path, S_ISDIR(st.st_mode)) == 0)
		return 0;
	if (errno != ENOENT || make_parents(path) != 0)
		return -1;
	return make_one(path, S_ISDIR(st.st_mode));
}

static int
place_files(const struct world *world)
{
	const struct needed_files *files = world->plan->files;

	*world->step = "the program's files";
	for (size_t i = 0; i < files->count; i++) {
		const char *path = files->at[i].path;

		if (make_place(path + 1, world->files[i]) != 0 ||
		    mountcalls_attach(world->files[i], path + 1) != 0 ||
		    mountcalls_restrict(path + 1,
			MOUNTCALLS_RDONLY | MOUNTCALLS_NOSUID |
			    MOUNTCALLS_NODEV,
			true) != 0)
			return -1;
	}
	return 0;
}

/* Attaches the tree at a place (relative) and takes its teeth. */
static int
place_tree(const struct world *world, const char *place)
{
	uint64_t flags =
	    MOUNTCALLS_NOSUID | MOUNTCALLS_NODEV | MOUNTCALLS_NOEXEC;

	if (world->plan->read_only)
		flags |= MOUNTCALLS_RDONLY;
	*world->step = "the root's mounts";
	if (mountcalls_attach(world->tree, place) != 0)
		return -1;
	/* "." is what the tree now covers: it is entered by descriptor. */
	if (strcmp(place, ".") == 0) {
		if (fchdir(world->tree) != 0)
			return -1;
	}
	return mountcalls_restrict(place, flags, true);
}

/* The working directory becomes "/", and what was there is gone. */
static int
pivot(const char **step)
{
	*step = "pivot_root";
	if (syscall(SYS_pivot_root, ".", ".") != 0 ||
	    umount2(".", MNT_DETACH) != 0)
		return -1;
	return chdir("/");
}

static int
enter_tmpfs(const char **step)
{
	auto_fd int fd = -1;

	*step = "a tmpfs";
	fd = mountcalls_tmpfs("4m");
	if (fd < 0 || mountcalls_attach(fd, ".") != 0)
		return -1;
	return fchdir(fd);
}

static int
enter_program(struct world *world)
{
	const char *place = MOUNTNS_PLACE;

	if (take_tree(world) != 0 || take_files(world) != 0 ||
	    enter_tmpfs(world->step) != 0 || place_files(world) != 0)
		return -1;
	if (world->plan->names) {
		*world->step = "names of users and groups";
		if (passwdcopy_write() != 0)
			return -1;
	}
	*world->step = "the root's mounts";
	if (mkdir(place + 1, 0755) != 0 || place_tree(world, place + 1) != 0)
		return -1;
	*world->step = "a tmpfs";
	if (mountcalls_restrict(".", MOUNTCALLS_RDONLY, false) != 0 ||
	    pivot(world->step) != 0)
		return -1;
	return chdir(place);
}

static int
enter_tree(struct world *world)
{
	if (take_tree(world) != 0 || place_tree(world, ".") != 0)
		return -1;
	return pivot(world->step);
}

static void
world_free(struct world *world)
{
	size_t count =
	    world->plan->files == NULL ? 0 : world->plan->files->count;

	for (size_t i = 0; i < count; i++)
		auto_close_fd(&world->files[i]);
	auto_close_fd(&world->tree);
	free(world->files);
}

int
mountns_enter(const struct mountns_plan *plan, const char **step)
{
	struct world world = { .plan = plan, .step = step, .tree = -1 };
	int result, saved;

	*step = "the root";
	if (fchdir(plan->root_fd) != 0 ||
	    separate(plan->user_namespace, step) != 0)
		return -1;
	if (plan->files != NULL) {
		world.files =
		    xcalloc(plan->files->count + 1, sizeof(*world.files));
		for (size_t i = 0; i < plan->files->count; i++)
			world.files[i] = -1;
	}
	result =
	    plan->files != NULL ? enter_program(&world) : enter_tree(&world);
	saved = errno;
	world_free(&world);
	errno = saved;
	return result;
}

/* What a probing child found. */
struct finding {
	int error;        /* errno, or 0 */
	const char *step; /* a constant: at the same address in both of us */
};

/* In the child: every kind of act that a system may forbid. */
static int
try_all(bool user_namespace, const char **step)
{
	*step = "a working directory";
	if (chdir("/") != 0 || separate(user_namespace, step) != 0 ||
	    enter_tmpfs(step) != 0)
		return -1;
	return pivot(step);
}

static void
probe(bool user_namespace, int report)
{
	struct finding finding = { .error = 0 };

	if (try_all(user_namespace, &finding.step) != 0)
		finding.error = errno;
	if (io_write_all(report, &finding, sizeof(finding)) != 0)
		_exit(1);
	_exit(0);
}

int
mountns_probe(bool user_namespace, const char **step)
{
	struct finding finding = { .error = ECHILD, .step = "a child" };
	auto_fd int ours = -1;
	auto_fd int theirs = -1;
	int ends[2];
	pid_t pid;

	*step = finding.step;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	ours = ends[0];
	theirs = ends[1];
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0)
		probe(user_namespace, theirs);
	auto_close_fd(&theirs);
	if (io_read_all(ours, &finding, sizeof(finding)) !=
	    (ssize_t)sizeof(finding))
		finding = (struct finding){ ECHILD, "a child" };
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	*step = finding.step;
	errno = finding.error;
	return finding.error == 0 ? 0 : -1;
}
