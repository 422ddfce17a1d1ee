/*
 * Runs a server and takes its orphans, so that what they have used is counted
 * and not lost: fields 16 and 17 of our /proc/PID/stat.
 *
 *   reaper COMMAND...
 *
 * Prints the server's pid, and ends it with standard input's end.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void
on_child(int signal)
{
	(void)signal;
}

int
main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_child };
	struct pollfd end = { .fd = STDIN_FILENO, .events = POLLIN };
	pid_t server;

	if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0 ||
	    sigaction(SIGCHLD, &action, NULL) != 0)
		return 2;
	server = fork();
	if (server == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	printf("%d\n", (int)server);
	fflush(stdout);
	/* A child that ends between the two calls waits for the next second. */
	while (poll(&end, 1, 1000) <= 0) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
	}
	kill(server, SIGTERM);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
	return 0;
}
