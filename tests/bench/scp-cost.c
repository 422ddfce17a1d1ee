/*
 * Plays the other end of scp's old protocol and tells what the server's end
 * costs.
 *
 *   scp-cost INPUT SERVER [ARGUMENT...]
 *
 * INPUT is a file with all that this end says; either it or all that the
 * server answers must fit into a pipe (64 KiB). Both go by pipes, as by sshd.
 * Prints the server's CPU in milliseconds; it must end with status 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AT_ONCE = 1 << 20, PIPE_SIZE = 64 << 10 };

static void __attribute__((noreturn)) cost_die(const char *what)
{
	perror(what);
	exit(1);
}

/* All of from, to its end, by pages: this end should cost little. */
static void
cost_pump(int from, int to)
{
	for (;;) {
		ssize_t moved =
		    splice(from, NULL, to, NULL, AT_ONCE, SPLICE_F_MOVE);

		if (moved == 0)
			return;
		if (moved < 0 && errno != EINTR)
			cost_die("splice");
	}
}

static pid_t
cost_start(char **command, int in[2], int out[2])
{
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		cost_die("pipe2");
	fcntl(in[1], F_SETPIPE_SZ, PIPE_SIZE);
	pid = fork();
	if (pid < 0)
		cost_die("fork");
	if (pid == 0) {
		if (dup2(in[0], 0) < 0 || dup2(out[1], 1) < 0)
			cost_die("dup2");
		execv(command[0], command);
		cost_die(command[0]);
	}
	close(in[0]);
	close(out[1]);
	return pid;
}

static double
milliseconds(const struct timeval *time)
{
	return (double)time->tv_sec * 1000 + (double)time->tv_usec / 1000;
}

int
main(int argc, char **argv)
{
	int in[2], out[2], input, nothing, status;
	struct rusage usage;
	pid_t pid;

	if (argc < 3)
		return 2;
	input = open(argv[1], O_RDONLY | O_CLOEXEC);
	nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (input < 0 || nothing < 0)
		cost_die(argv[1]);
	pid = cost_start(argv + 2, in, out);
	cost_pump(input, in[1]);
	close(in[1]);
	cost_pump(out[0], nothing);
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			cost_die("wait4");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "scp-cost: %s has failed\n", argv[2]);
		return 1;
	}
	printf("%.3f\n",
	    milliseconds(&usage.ru_utime) + milliseconds(&usage.ru_stime));
	return 0;
}
