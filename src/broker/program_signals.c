/*
 * A number may become another process's while we look: the signal goes through
 * a pidfd that was opened before, so that it reaches the process that was in
 * the group or none.
 */
#include "broker/program_signals.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424 /* Linux 5.1 */
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* Linux 5.3 */
#endif

int
program_signals_send(pid_t group, pid_t target, int signal)
{
	auto_fd int pidfd = (int)syscall(SYS_pidfd_open, target, 0);

	if (pidfd < 0 || getpgid(target) != group) {
		errno = ESRCH;
		return -1;
	}
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}
