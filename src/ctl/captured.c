/* The child has nothing of ours but a pipe and some memory. */
#include "ctl/captured.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"

static char *const environment[] = { (char[]){ "PATH=/usr/sbin:/usr/bin" },
	(char[]){ "LC_ALL=C.UTF-8" }, NULL };

static void
run_child(char *const *argv, int out, int err)
{
	int null = open("/dev/null", O_RDONLY);

	/* Who waits for it may end before it does. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && null >= 0 &&
	    dup2(null, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
	    dup2(err, STDERR_FILENO) >= 0)
		execve(argv[0], argv, environment);
	_exit(127);
}

/* What is more than we keep goes nowhere: the writer finds a closed pipe. */
static int
read_both(pid_t pid, int *out, int err, char *const rooms[2],
    const size_t sizes[2])
{
	ssize_t said = io_read_all(*out, rooms[0], sizes[0] - 1), wrong;
	int status;

	auto_close_fd(out);
	rooms[0][said < 0 ? 0 : said] = '\0';
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	wrong = pread(err, rooms[1], sizes[1] - 1, 0);
	rooms[1][wrong < 0 ? 0 : wrong] = '\0';
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
captured_run(char *const *argv, char *room, size_t size, char *errors,
    size_t errors_size)
{
	char *const rooms[2] = { room, errors };
	const size_t sizes[2] = { size, errors_size };
	int out[2] = { -1, -1 }, status = -1;
	/* Memory for stderr: who reads two pipes in turn may wait for ever. */
	auto_fd int err = memfd_create("stderr", MFD_CLOEXEC);
	pid_t pid = -1;

	room[0] = '\0';
	errors[0] = '\0';
	if (err >= 0 && pipe2(out, O_CLOEXEC) == 0)
		pid = fork();
	if (pid == 0)
		run_child(argv, out[1], err);
	auto_close_fd(&out[1]);
	if (pid > 0)
		status = read_both(pid, &out[0], err, rooms, sizes);
	auto_close_fd(&out[0]);
	return status;
}
