/*
 * Moves into a world of its own (mountworld.h): the order of the namespaces,
 * their maps and the change of "/".
 */
#include "confine/mountns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mount_table.h"
#include "confine/keeper.h"
#include "confine/mountcalls.h"
#include "confine/mountworld.h"

static int
write_file(const char *path, const char *text)
{
	auto_fd int fd = -1;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -1 : io_write_all(fd, text, strlen(text));
}

/* Maps our own ids and no others: an ordinary user may map no more. */
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

/*
 * Enters new namespaces. The working directory moves into the new mount
 * namespace, a descriptor does not. Our mounts become slaves of the machine's:
 * mounts made there appear here, but not the other way round.
 */
static int
separate(bool user_namespace, int more, unsigned long how, const char **step)
{
	int flags = CLONE_NEWNS | CLONE_NEWIPC | more;
	uid_t uid = geteuid();
	gid_t gid = getegid();

	*step = user_namespace ? "user namespace" : "mount namespace";
	if (unshare(user_namespace ? flags | CLONE_NEWUSER : flags) != 0)
		return -1;
	*step = "id maps of the user namespace";
	if (user_namespace && map_ids(uid, gid) != 0)
		return -1;
	*step = "mounts of our own";
	return mount(NULL, "/", NULL, MS_REC | how, NULL);
}

/* Makes the working directory "/", and detaches the old "/". */
static int
pivot(const char **step)
{
	*step = "pivot_root";
	if (syscall(SYS_pivot_root, ".", ".") != 0 ||
	    umount2(".", MNT_DETACH) != 0)
		return -1;
	return chdir("/");
}

/*
 * The namespace has nothing but an empty tmpfs, and our "/" lies outside it:
 * the machine's own directory, as the descriptor from before leads to it.
 */
static int
enter_live(const struct mountns_plan *plan, const char **step)
{
	if (mountworld_enter_tmpfs(step) != 0 || pivot(step) != 0)
		return -1;
	*step = "chroot";
	return fchdir(plan->root_fd) != 0 || chroot(".") != 0 ? -1 : 0;
}

bool
mountns_follows(int fd)
{
	struct mount_table table = { .count = 0 };
	const struct mount *mount;
	int id = mount_table_id_of(fd);
	bool follows;

	if (id < 0 || mount_table_load(&table) != 0)
		return false;
	mount = mount_table_find(&table, id);
	follows = mount != NULL && mount->follows;
	mount_table_free(&table);
	return follows;
}

/*
 * Finds out whether the machine's mounts propagate into our copy. Where they
 * don't, the machine's list is watched, from before the copy is made.
 */
static int
watch(const struct mountns_plan *plan, struct keeper_plan *keeper)
{
	const char *own = plan->own[0];

	if (plan->keeper == NULL || own == NULL)
		return 0;
	keeper->follow = !plan->still && mountns_follows(plan->root_fd);
	if (keeper->follow)
		return 0;
	keeper->machine = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (keeper->machine < 0)
		return -1;
	keeper->seen = keeper_look(keeper->machine, own);
	return 0;
}

/* The keeper is started before the view is built, and begins to watch after. */
static int
enter_copy(const struct mountns_plan *plan, struct keeper_plan *keeper,
    const char **step)
{
	struct mountworld world = { .plan = plan,
		.step = step,
		.tree = -1,
		.proc = -1 };
	bool beside = plan->files != NULL && !plan->whole;
	int result = -1, saved;

	*step = "the keeper of the namespaces";
	keeper->own = plan->own[0];
	keeper->flags = mountworld_flags(plan);
	keeper->tree = beside ? MOUNTNS_PLACE : "/";
	keeper->held = plan->root_fd;
	if (plan->keeper != NULL &&
	    keeper_start(keeper, plan->keeper, &world.proc) != 0)
		return -1;
	if (mountworld_take(&world) == 0 && mountworld_build(&world) == 0 &&
	    pivot(step) == 0)
		result = chdir(keeper->tree);
	saved = errno;
	mountworld_free(&world);
	errno = saved;
	if (result != 0 || plan->keeper == NULL)
		return result;
	*step = "the keeper of the namespaces";
	return keeper_begin(plan->keeper);
}

/* Only in a namespace of ours we may make copies of mounts. */
static int
keep_proc(const struct mountns_plan *plan, struct mountns_kept *kept)
{
	auto_fd int all = -1;

	kept->own_fds = mountcalls_clone("/proc/self/fd", false);
	if (plan->files == NULL)
		return 0;
	all = mountcalls_clone("/proc", true);
	if (all < 0)
		return -1;
	kept->proc = openat(all, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return kept->proc < 0 ? -1 : 0;
}

static int
enter(const struct mountns_plan *plan, struct keeper_plan *keeper,
    struct mountns_kept *kept, const char **step)
{
	unsigned long how = plan->still ? MS_PRIVATE : MS_SLAVE;
	int more = plan->keeper == NULL ? 0 : CLONE_NEWPID;

	*step = "the root";
	if (fchdir(plan->root_fd) != 0)
		return -1;
	*step = "the list of mounts";
	if (watch(plan, keeper) != 0 ||
	    separate(plan->user_namespace, more, how, step) != 0)
		return -1;
	*step = "/proc";
	if (keep_proc(plan, kept) != 0)
		return -1;
	keeper->proc = kept->proc;
	if (plan->live)
		return enter_live(plan, step);
	return enter_copy(plan, keeper, step);
}

int
mountns_enter(const struct mountns_plan *plan, struct mountns_kept *kept,
    const char **step)
{
	struct keeper_plan keeper = { .proc = -1, .machine = -1, .held = -1 };
	int result;

	*kept = (struct mountns_kept){ -1, -1 };
	result = enter(plan, &keeper, kept, step);
	auto_close_fd(&keeper.machine);
	return result;
}

/* The result of a probing child. */
struct finding {
	int error;        /* errno, or 0 */
	const char *step; /* a constant: at the same address in both of us */
};

/* In the child: does all that a system may forbid. */
static int
try_all(bool user_namespace, const char **step)
{
	*step = "a working directory";
	if (chdir("/") != 0 ||
	    separate(user_namespace, CLONE_NEWPID, MS_PRIVATE, step) != 0 ||
	    mountworld_enter_tmpfs(step) != 0)
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
