/*
 * Tests of what can't be undone run in a child: as we are, or as an ordinary
 * user. A child is no place for cmocka's assertions; it returns a number.
 */
#ifndef FILESONLY_TESTS_UNIT_CHILD_H
#define FILESONLY_TESTS_UNIT_CHILD_H

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534, CHILD_DIED = 256, CHILD_FAILED = 255 };

typedef int child_act(const void *context);

/* In a child: become user NOBODY, if that is asked and possible. */
static inline int
child_become(int ordinary)
{
	if (!ordinary || geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 ||
	    setuid(NOBODY) != 0)
		return -1;
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

/*
 * Runs act in a child, as user NOBODY if that is asked and possible. Returns
 * what act returned (0 to 254), CHILD_FAILED where the child could not be set
 * up, CHILD_DIED plus the signal.
 */
static inline int
child_run(int ordinary, child_act *act, const void *context)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return CHILD_FAILED;
	if (pid == 0) {
		if (child_become(ordinary) != 0)
			_exit(CHILD_FAILED);
		_exit(act(context));
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return CHILD_FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : CHILD_DIED + WTERMSIG(status);
}

/* 0, or errno as a child's return value. */
static inline int
child_errno(long result)
{
	return result < 0 ? errno : 0;
}

/* Acts on a path: may it be read, may a new file be made there? */
static inline int
child_read(const void *path)
{
	return child_errno(open(path, O_RDONLY));
}

static inline int
child_create(const void *path)
{
	if (open(path, O_WRONLY | O_CREAT | O_EXCL, 0666) < 0)
		return errno;
	return child_errno(unlink(path));
}

/* Makes one system call fail with error from now on. */
static inline int
child_lacks(long call, int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* ... and open(2), for which a C library may have another call than openat. */
static inline int
child_opens_nothing(int error)
{
#ifdef SYS_open
	if (child_lacks(SYS_open, error) != 0)
		return -1;
#endif
	return child_lacks(SYS_openat, error);
}

#endif
