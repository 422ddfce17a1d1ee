/*
 * A group's number can be given away anew as soon as the group is empty. It
 * is not while one of our children is in it, and a child stays in it until we
 * wait for it: so we ask for such a child first, and only then use the number.
 */
#include "program/processes.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

int
processes_adopt(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

bool
processes_reap(struct processes *processes)
{
	bool leader_ended = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
		if (processes->ended || pid != processes->leader)
			continue;
		processes->status = status;
		processes->ended = leader_ended = true;
	}
	return leader_ended;
}

bool
processes_are_left(const struct processes *processes)
{
	siginfo_t info;

	return processes->leader > 0 &&
	       waitid(P_PGID, (id_t)processes->leader, &info,
		   WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

void
processes_signal(const struct processes *processes, int signal)
{
	if (processes_are_left(processes))
		kill(-processes->leader, signal);
}
