/*
 * A loop around poll(2) behind a filter of its own, with one capability. A
 * signal from the program doesn't reach the first process of a namespace.
 */
#include "confine/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fdpass.h"
#include "base/io.h"
#include "base/mount_table.h"
#include "confine/caps.h"
#include "confine/filter.h"
#include "confine/mountcalls.h"

/* Its descriptors, and how it ends when the machine's mounts have changed. */
enum { LINE, HELD, LIST, KEEPER_FDS, MOUNTS_CHANGED = 2 };

static bool
is_below(const char *point, const char *own)
{
	size_t len = strcmp(own, "/") == 0 ? 0 : strlen(own);

	return strncmp(point, own, len) == 0 && point[len] == '/' &&
	       point[len + 1] != '\0';
}

/* FNV-1a: not cryptographic, since nobody gains by a collision. */
static uint64_t
mix(uint64_t seen, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		seen = (seen ^ ((const unsigned char *)bytes)[i]) *
		       UINT64_C(0x100000001b3);
	return seen;
}

uint64_t
keeper_look(int list, const char *own)
{
	struct mount_table table = { .count = 0 };
	uint64_t seen = UINT64_C(0xcbf29ce484222325);

	if (mount_table_load_from(&table, list) != 0)
		return 0;
	for (size_t i = 0; i < table.count; i++) {
		const struct mount *mount = &table.at[i];

		if (!is_below(mount->point, own))
			continue;
		seen = mix(seen, &mount->id, sizeof(mount->id));
		seen = mix(seen, mount->point, strlen(mount->point) + 1);
	}
	mount_table_free(&table);
	return seen;
}

/* Closes all other descriptors: the client waits until they are closed. */
static int
take_descriptors(int line, int held, int list)
{
	int fds[KEEPER_FDS] = { line, held, list };

	/* First move all out of the way of the numbers they get below. */
	for (int i = 0; i < KEEPER_FDS; i++)
		if (fds[i] >= 0 &&
		    (fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, KEEPER_FDS)) < 0)
			return -1;
	for (int i = 0; i < KEEPER_FDS; i++) {
		close(i);
		if (fds[i] >= 0 && dup2(fds[i], i) < 0)
			return -1;
	}
	return fd_close_from(KEEPER_FDS);
}

/*
 * The list to watch, from where our "/" is now; the machine's is from where it
 * was. Returns a descriptor, or -1: with errno 0 where none is to be watched.
 */
static int
find_list(const struct keeper_plan *plan)
{
	errno = 0;
	if (plan->follow)
		return openat(plan->proc, "self/mountinfo",
		    O_RDONLY | O_CLOEXEC);
	return plan->machine < 0 ? -1 : dup(plan->machine);
}

/* Moves to the tree and takes what is kept open; *watches: the list, too. */
static int
settle(const struct keeper_plan *plan, int line, bool *watches)
{
	int fd = find_list(plan);

	*watches = fd >= 0;
	if ((fd < 0 && errno != 0) || chdir(plan->tree) != 0)
		return -1;
	return take_descriptors(line, plan->held, fd);
}

static int
go_behind_walls(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    signal(SIGCHLD, SIG_IGN) == SIG_ERR || /* nobody waits for them */
	    caps_reduce(CAPS_MOUNT) != 0)
		return -1;
	/* Where there are no filters the program's own refuses the session. */
	(void)!filter_load(FILTER_KEEPER);
	return 0;
}

/*
 * A change of ours is one of the list's, too: what is in it decides whether
 * there is anything to do. Returns how to end, or -1 to go on.
 */
static int
look_again(const struct keeper_plan *plan, uint64_t *seen)
{
	uint64_t now = keeper_look(LIST, plan->follow ? plan->tree : plan->own);

	if (now == *seen)
		return -1;
	if (!plan->follow)
		return MOUNTS_CHANGED;
	*seen = now;
	return mountcalls_restrict(".", plan->flags, true) == 0 ? -1 : 1;
}

/* Returns the exit status. */
static int
keep(const struct keeper_plan *plan, bool watches)
{
	struct pollfd watched[] = { { .fd = LINE, .events = POLLIN },
		{ .fd = watches ? LIST : -1, .events = POLLPRI } };
	uint64_t seen = plan->follow ? 0 : plan->seen;
	int end = watches ? look_again(plan, &seen) : -1;

	while (end < 0) {
		if (poll(watched, 2, -1) < 0 && errno != EINTR)
			return 1;
		if (watched[0].revents != 0)
			return 0;
		if (watched[1].revents != 0)
			end = look_again(plan, &seen);
	}
	return end;
}

/*
 * Tells how it went; fd goes along. A /proc can only be made while the
 * machine's is in sight (user namespaces), so before "/" is changed.
 */
static int
keeper_tell(int line, int error, int fd)
{
	return fdpass_send(line, &error, sizeof(error), fd);
}

static void __attribute__((noreturn))
become_keeper(const struct keeper_plan *plan, int line)
{
	int proc = mountcalls_proc();
	bool watches;
	char go;
	int end;

	/* A child of the supervisor's that has not executed yet holds the line,
	 * too. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		_exit(1);
	if (keeper_tell(line, 0, proc) != 0 || io_read_all(line, &go, 1) != 1)
		_exit(1);
	auto_close_fd(&proc);
	if (settle(plan, line, &watches) != 0 || go_behind_walls() != 0) {
		(void)!keeper_tell(LINE, errno, -1);
		_exit(1);
	}
	if (keeper_tell(LINE, 0, -1) != 0)
		_exit(1);
	end = keep(plan, watches);
	if (end == MOUNTS_CHANGED)
		(void)!keeper_tell(LINE, MOUNTS_CHANGED, -1);
	_exit(end);
}

/* Returns 0, or -1 with the keeper's errno. */
static int
keeper_hear(const struct keeper *keeper, int *fd)
{
	int error = ECHILD;

	if (fdpass_receive(keeper->line, &error, sizeof(error), 0, fd) !=
	    (ssize_t)sizeof(error))
		error = ECHILD;
	errno = error;
	return error == 0 ? 0 : -1;
}

int
keeper_start(const struct keeper_plan *plan, struct keeper *keeper, int *proc)
{
	auto_fd int its = -1;
	int ends[2];

	*proc = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	its = ends[1];
	*keeper = (struct keeper){ fork(), ends[0] };
	if (keeper->pid == 0) {
		/* Or the end of a session that was refused would be no end. */
		close(ends[0]);
		become_keeper(plan, its);
	}
	auto_close_fd(&its);
	if (keeper->pid > 0)
		return keeper_hear(keeper, proc);
	auto_close_fd(&keeper->line);
	return -1;
}

int
keeper_begin(const struct keeper *keeper)
{
	auto_fd int none = -1;

	return send(keeper->line, "", 1, MSG_NOSIGNAL) != 1
		   ? -1
		   : keeper_hear(keeper, &none);
}

/* The caller reaps all children, and may have reaped the keeper already. */
bool
keeper_end(struct keeper *keeper)
{
	auto_fd int none = -1;
	int last = 0;

	if (keeper->pid <= 0)
		return false;
	(void)!fdpass_receive(keeper->line, &last, sizeof(last), MSG_DONTWAIT,
	    &none);
	auto_close_fd(&keeper->line);
	while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	keeper->pid = 0;
	return last == MOUNTS_CHANGED;
}
