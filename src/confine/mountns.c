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
#include "confine/mountworld.h"

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

int
mountns_enter(const struct mountns_plan *plan, const char **step)
{
	struct mountworld world = { .plan = plan, .step = step, .tree = -1 };
	int result = -1, saved;

	*step = "the root";
	if (fchdir(plan->root_fd) != 0 ||
	    separate(plan->user_namespace, step) != 0)
		return -1;
	if (mountworld_take(&world) == 0 && mountworld_build(&world) == 0 &&
	    pivot(step) == 0)
		result = plan->files == NULL || plan->whole
			     ? 0
			     : chdir(MOUNTNS_PLACE);
	saved = errno;
	mountworld_free(&world);
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
