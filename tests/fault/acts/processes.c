/* Other processes, of the same account and of the same program. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fault/acts/acts.h"

static pid_t
make_sibling(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		alarm(5);
		for (;;)
			pause();
	}
	return pid;
}

/* What the act gave, when the sibling is gone. */
static int
without(pid_t sibling, long result)
{
	int saved = errno;

	kill(sibling, SIGKILL);
	waitpid(sibling, NULL, 0);
	errno = saved;
	return result < 0 ? -1 : 0;
}

static int
kill_victim(const struct act *act)
{
	(void)act;
	return kill(victim, SIGUSR1);
}

static int
kill_victim_thread(const struct act *act)
{
	(void)act;
	return (int)syscall(SYS_tgkill, victim, victim, SIGUSR1);
}

static int
kill_queued(const struct act *act)
{
	(void)act;
	return sigqueue(victim, SIGUSR1, (union sigval){ .sival_int = 0 });
}

static int
kill_by_pidfd(const struct act *act)
{
	int fd = (int)syscall(434, victim, 0);

	(void)act;
	if (fd < 0)
		return -1;
	return (int)syscall(424, fd, SIGUSR1, NULL, 0);
}

static int
kill_supervisor(const struct act *act)
{
	(void)act;
	/* In another PID namespace than ours it has no number. */
	errno = ESRCH;
	return supervisor == 0 ? -1 : kill(supervisor, SIGUSR1);
}

/* The kernel signals whoever is said to own a descriptor. */
static int
signal_owner(const struct act *act)
{
	int ends[2];

	(void)act;
	if (pipe(ends) != 0 || fcntl(ends[0], F_SETSIG, SIGUSR1) != 0 ||
	    fcntl(ends[0], F_SETOWN, victim) != 0 ||
	    fcntl(ends[0], F_SETFL, O_ASYNC) != 0)
		return -1;
	return write(ends[1], "x", 1) == 1 ? 0 : -1;
}

/* What such a child does when it ends: its parent is ours. */
static int
child_of_parent(const struct act *act)
{
	long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	(void)act;
	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : 0;
}

static int
outlive_parent(const struct act *act)
{
	(void)act;
	return prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

static int
trace_victim(const struct act *act)
{
	(void)act;
	return (int)ptrace(PTRACE_SEIZE, victim, NULL, NULL);
}

static int
trace_sibling(const struct act *act)
{
	pid_t sibling = make_sibling();

	(void)act;
	return without(sibling, ptrace(PTRACE_SEIZE, sibling, NULL, NULL));
}

/* A place that both of us have. */
static long
read_memory(pid_t pid)
{
	char byte;
	struct iovec ours = { &byte, 1 }, theirs = { (void *)&victim, 1 };

	return process_vm_readv(pid, &ours, 1, &theirs, 1, 0);
}

static int
read_victim(const struct act *act)
{
	(void)act;
	return read_memory(victim) < 0 && errno != EFAULT ? -1 : 0;
}

static int
read_sibling(const struct act *act)
{
	pid_t sibling = make_sibling();

	(void)act;
	return without(sibling, read_memory(sibling));
}

static int
write_sibling(const struct act *act)
{
	pid_t sibling = make_sibling();
	char byte = 0;
	struct iovec ours = { &byte, 1 }, theirs = { outside, 1 };

	(void)act;
	return without(sibling,
	    process_vm_writev(sibling, &ours, 1, &theirs, 1, 0));
}

static int
proc_of(pid_t pid, const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return try_open(path, flags);
}

static int
victim_environment(const struct act *act)
{
	(void)act;
	return proc_of(victim, "environ", O_RDONLY);
}

static int
victim_memory(const struct act *act)
{
	(void)act;
	return proc_of(victim, "mem", O_RDWR);
}

static int
victim_maps(const struct act *act)
{
	(void)act;
	return proc_of(victim, "maps", O_RDONLY);
}

static int
victim_root(const struct act *act)
{
	(void)act;
	return proc_of(victim, "root/etc/hostname", O_RDONLY);
}

static int
victim_score(const struct act *act)
{
	(void)act;
	return proc_of(victim, "oom_score_adj", O_WRONLY);
}

static int
supervisor_memory(const struct act *act)
{
	(void)act;
	return proc_of(supervisor, "mem", O_RDWR);
}

static int
own_memory(const struct act *act)
{
	(void)act;
	return try_open("/proc/self/mem", O_RDWR);
}

/* Those of others: a namespace shows a program its own. */
static int
list_processes(const struct act *act)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	char name[16];
	int found = -1;

	(void)act;
	snprintf(name, sizeof(name), "%d", (int)victim);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, name) == 0)
			found = 0;
	}
	return dir == NULL || closedir(dir) != 0 ? -1 : found;
}

static int
system_setting(const struct act *act)
{
	(void)act;
	return try_open("/proc/sys/kernel/core_pattern", O_WRONLY);
}

/* What is set is what was: the victim must not suffer in the control. */
static int
limit_victim(const struct act *act)
{
	struct rlimit limit;

	(void)act;
	if (prlimit(victim, RLIMIT_CORE, NULL, &limit) != 0)
		return -1;
	return prlimit(victim, RLIMIT_CORE, &limit, NULL);
}

static int
renice_victim(const struct act *act)
{
	(void)act;
	return setpriority(PRIO_PROCESS, (id_t)victim, 19);
}

static int
schedule_victim(const struct act *act)
{
	const struct sched_param none = { 0 };

	(void)act;
	return sched_setscheduler(victim, SCHED_BATCH, &none);
}

static int
pin_victim(const struct act *act)
{
	cpu_set_t set;

	(void)act;
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return sched_setaffinity(victim, sizeof(set), &set);
}

static int
compare_processes(const struct act *act)
{
	(void)act;
	return (int)syscall(SYS_kcmp, getpid(), victim, 0, 0, 0) < 0 ? -1 : 0;
}

static int
leave_session(const struct act *act)
{
	(void)act;
	return setsid() < 0 ? -1 : 0;
}

static int
leave_group(const struct act *act)
{
	(void)act;
	return setpgid(0, 0);
}

// clang-format off
const struct act process_acts[] = {
	{ "kill_victim",        FAILS, kill_victim,        0, 0 },
	{ "kill_victim_thread", FAILS, kill_victim_thread, 0, 0 },
	{ "kill_queued",        FAILS, kill_queued,        0, 0 },
	{ "kill_by_pidfd",      FAILS, kill_by_pidfd,      0, 0 },
	{ "kill_supervisor",    FAILS, kill_supervisor,    0, 0 },
	{ "signal_owner",       FAILS, signal_owner,       0, 0 },
	{ "child_of_parent",    FAILS, child_of_parent,    0, 0 },
	{ "outlive_parent",     FAILS, outlive_parent,     0, 0 },
	{ "trace_victim",       MAY,   trace_victim,       0, 0 },
	{ "trace_sibling",      FAILS, trace_sibling,      0, 0 },
	{ "read_victim",        MAY,   read_victim,        0, 0 },
	{ "read_sibling",       FAILS, read_sibling,       0, 0 },
	{ "write_sibling",      FAILS, write_sibling,      0, 0 },
	{ "victim_environment", FAILS, victim_environment, 0, 0 },
	{ "victim_memory",      MAY,   victim_memory,      0, 0 },
	{ "victim_maps",        FAILS, victim_maps,        0, 0 },
	{ "victim_root",        FAILS, victim_root,        0, 0 },
	{ "victim_score",       FAILS, victim_score,       0, 0 },
	{ "supervisor_memory",  MAY,   supervisor_memory,  0, 0 },
	{ "own_memory",         MAY,   own_memory,         0, 0 },
	{ "list_processes",     FAILS, list_processes,     0, 0 },
	{ "system_setting",     ROOT,  system_setting,     0, 0 },
	{ "limit_victim",       FAILS, limit_victim,       0, 0 },
	{ "renice_victim",      FAILS, renice_victim,      0, 0 },
	{ "schedule_victim",    FAILS, schedule_victim,    0, 0 },
	{ "pin_victim",         FAILS, pin_victim,         0, 0 },
	{ "compare_processes",  MAY,   compare_processes,  0, 0 },
	{ "leave_session",      FAILS, leave_session,      0, 0 },
	{ "leave_group",        FAILS, leave_group,        0, 0 },
	{ NULL, FAILS, NULL, 0, 0 },
};
// clang-format on
