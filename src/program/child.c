/*
 * From fork to execve, on both sides of the socket between. The child tells
 * its failures by number; that it succeeded is told by the socket's end,
 * which the kernel closes at execve.
 */
#include "program/child.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdpass.h"
#include "base/io.h"
#include "confine/landlock.h"
#include "limits/file_size.h"

/* From the child: its walls stand, or why they don't. */
struct message {
	int error;
	const char *step; /* a constant: at the same address in both of us;
			   * NULL where nothing went wrong */
	bool filtered;
};

static void __attribute__((noreturn)) child_die(int socket, const char *step)
{
	struct message message = { .error = errno, .step = step };

	_exit(io_write_all(socket, &message, sizeof(message)) == 0 ? 126 : 125);
}

/*
 * The order matters: what the filter denies comes before it. A process group
 * of its own lets all of the program's processes be ended at once. A parent
 * that has died before its death could signal is noticed at the socket.
 */
static void
child_prepare(const struct child_plan *launch, int socket)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		child_die(socket, "the parent's death signal");
	if (setpgid(0, 0) != 0)
		child_die(socket, "process group");
	if (fchdir(launch->directory) != 0)
		child_die(socket, "the root's directory");
	if (landlock_isolate(launch->directory, launch->landlock) != 0)
		child_die(socket, "Landlock");
	if (launch->reduced && caps_reduce(launch->caps) != 0)
		child_die(socket, "capabilities");
	/* A program that writes beyond a limit hears EFBIG, and can say so. */
	if (signal(SIGPIPE, SIG_DFL) == SIG_ERR ||
	    signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		child_die(socket, "signals");
	if (launch->streams != NULL &&
	    (dup2(launch->streams[0], STDIN_FILENO) < 0 ||
		dup2(launch->streams[1], STDOUT_FILENO) < 0))
		child_die(socket, "the program's streams");
	if (file_size_limit(launch->command->max_file_size) != 0)
		child_die(socket, "max-file-size");
}

/* What is not to be made fails, whatever the program's own filter says. */
static int
child_load_narrow(const struct child_plan *launch)
{
	if (launch->no_symlinks && filter_load(FILTER_NO_SYMLINKS) != 0)
		return -1;
	return launch->no_nodes ? filter_load(FILTER_NO_NODES) : 0;
}

static void __attribute__((noreturn))
child_become(const struct child_plan *launch, int socket)
{
	const struct program_command *command = launch->command;
	struct message message = { .filtered = true };
	sigset_t none;
	int listener = -1, result;
	char word;

	child_prepare(launch, socket);
	if (child_load_narrow(launch) != 0 && !launch->without_filter)
		child_die(socket, "seccomp");
	if (launch->listener)
		result = listener = filter_load_with_listener(launch->filter);
	else
		result = filter_load(launch->filter);
	if (result < 0) {
		if (!launch->without_filter)
			child_die(socket, "seccomp");
		message.filtered = false;
	}
	if (fdpass_send(socket, &message, sizeof(message), listener) != 0)
		_exit(125);
	auto_close_fd(&listener);
	if (message.filtered && filter_load(FILTER_PROGRAM_BEGUN) != 0)
		child_die(socket, "seccomp");
	if (io_read_all(socket, &word, 1) != 1)
		_exit(125);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) != 0)
		child_die(socket, "signals");
	execve(command->path, command->argv, command->envp);
	child_die(socket, "execve");
}

static int
child_fail(struct child *launched, int error, const char *step)
{
	launched->error = error;
	launched->step = step;
	if (launched->pid > 0) {
		kill(launched->pid, SIGKILL);
		while (waitpid(launched->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	launched->pid = -1;
	auto_close_fd(&launched->socket);
	auto_close_fd(&launched->listener);
	return -1;
}

int
child_start(const struct child_plan *launch, struct child *launched)
{
	struct message message = { .error = 0 };
	auto_fd int theirs = -1;
	int ends[2];
	ssize_t len;

	*launched = (struct child){ .pid = -1, .socket = -1, .listener = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return child_fail(launched, errno, "socketpair");
	launched->socket = ends[0];
	theirs = ends[1];
	launched->pid = fork();
	if (launched->pid < 0)
		return child_fail(launched, errno, "fork");
	if (launched->pid == 0)
		child_become(launch, theirs);
	auto_close_fd(&theirs);
	len = fdpass_receive(launched->socket, &message, sizeof(message), 0,
	    &launched->listener);
	if (len != (ssize_t)sizeof(message))
		return child_fail(launched, ECHILD, "the program's start");
	if (message.error != 0)
		return child_fail(launched, message.error, message.step);
	launched->filtered = message.filtered;
	if (launch->listener && message.filtered && launched->listener < 0)
		return child_fail(launched, EPROTO, "the listener");
	return 0;
}

int
child_go(const struct child *launched)
{
	return send(launched->socket, "", 1, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

bool
child_has_executed(struct child *launched)
{
	struct message message = { .error = 0 };
	ssize_t len = read(launched->socket, &message, sizeof(message));

	if (len == 0)
		return true;
	if (len != (ssize_t)sizeof(message))
		message = (struct message){ EPROTO, "execve", true };
	launched->error = message.error;
	launched->step = message.step;
	return false;
}
