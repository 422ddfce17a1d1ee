/*
 * A pidfd stays its process's, whoever gets the number later: then it says
 * ESRCH, and is opened anew. Threads have none (EINVAL, ENOENT).
 */
#include "broker/pidfds.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* Linux 5.3 */
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438 /* Linux 5.6 */
#endif

static int
pidfds_open(struct pidfds *pidfds, pid_t pid)
{
	unsigned at = pidfds->next;
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return -1;
	if (pidfds->at[at].pid != 0)
		close(pidfds->at[at].fd);
	pidfds->at[at].pid = pid;
	pidfds->at[at].fd = fd;
	pidfds->next = (at + 1) % PIDFDS_MAX;
	return fd;
}

static int
pidfds_find(const struct pidfds *pidfds, pid_t pid)
{
	for (int i = 0; i < PIDFDS_MAX; i++) {
		if (pidfds->at[i].pid == pid)
			return pidfds->at[i].fd;
	}
	return -1;
}

static void
pidfds_forget(struct pidfds *pidfds, pid_t pid)
{
	for (int i = 0; i < PIDFDS_MAX; i++) {
		if (pidfds->at[i].pid != pid)
			continue;
		close(pidfds->at[i].fd);
		pidfds->at[i].pid = 0;
	}
}

int
pidfds_copy(struct pidfds *pidfds, pid_t pid, int number)
{
	int pidfd = pidfds_find(pidfds, pid);
	int fd = -1;

	if (pidfd >= 0) {
		fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
		if (fd < 0 && errno == ESRCH) {
			pidfds_forget(pidfds, pid);
			pidfd = -1;
		}
	}
	if (pidfd < 0) {
		pidfd = pidfds_open(pidfds, pid);
		if (pidfd >= 0)
			fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
	}
	if (fd < 0 && errno != EBADF && errno != EMFILE && errno != ENFILE)
		errno = ENOSYS;
	return fd;
}

void
pidfds_close(struct pidfds *pidfds)
{
	for (int i = 0; i < PIDFDS_MAX; i++) {
		if (pidfds->at[i].pid != 0)
			close(pidfds->at[i].fd);
	}
	*pidfds = (struct pidfds){ 0 };
}
