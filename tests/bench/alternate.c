/*
 * Runs two commands or more in turn and tells what each costs.
 *
 *   alternate [-n RUNS] [-p SHELL] [-f] [-i] -- COMMAND... -- COMMAND... ...
 *
 * -p: a shell command before each run, which is not measured. -f: the clock
 * stops at the first byte that a command prints; it gets two pipes, as by
 * sshd, whose other ends are closed then. -i: SFTP's greeting is sent first.
 * Without -f a command runs to its end and must succeed.
 *
 * Prints a line for each command: the least and the median wall clock, the
 * least and the median CPU (milliseconds); and the medians of its wall clock
 * and of its CPU divided by the first command's of the same turn.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"

enum { RUNS_MAX = 500, COMMANDS_MAX = 6, WAIT_MS = 60 * 1000 };

struct plan {
	int runs;
	char *prepare; /* or NULL */
	bool first_byte;
	bool greet;
	char **commands[COMMANDS_MAX];
	int count;
};

struct sample {
	double wall, cpu; /* ms */
};

static void __attribute__((noreturn)) printf_like(1, 2)
    die(const char *format, ...)
{
	va_list args;

	fputs("alternate: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\n", stderr);
	exit(1);
}

static double
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double
milliseconds(struct timeval time)
{
	return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

/* In and out are what the program gets, or -1: /dev/null. */
static pid_t
spawn(char *const argv[], int in, int out)
{
	posix_spawn_file_actions_t actions;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), error;
	pid_t pid;

	if (null < 0 || posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, in < 0 ? null : in,
		STDIN_FILENO) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, out < 0 ? null : out,
		STDOUT_FILENO) != 0)
		die("a spawn can't be prepared");
	/* What a program says when its peer leaves is no news here. */
	if (in >= 0 && posix_spawn_file_actions_adddup2(&actions, null,
			   STDERR_FILENO) != 0)
		die("a spawn can't be prepared");
	error = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	if (error != 0)
		die("%s: %s", argv[0], strerror(error));
	posix_spawn_file_actions_destroy(&actions);
	close(null);
	return pid;
}

static double
wait_for(pid_t pid, char *const argv[], bool must_succeed)
{
	struct rusage usage;
	int status;

	while (wait4(pid, &status, 0, &usage) != pid)
		if (errno != EINTR)
			die("wait4: %s", strerror(errno));
	if (must_succeed && status != 0)
		die("%s ended with status %#x", argv[0], (unsigned)status);
	return milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
}

static struct sample
run_whole(char *const argv[])
{
	double start = now_ms();
	struct sample sample;
	pid_t pid = spawn(argv, -1, -1);

	sample.cpu = wait_for(pid, argv, true);
	sample.wall = now_ms() - start;
	return sample;
}

static struct sample
run_to_first_byte(char *const argv[], bool greet)
{
	static const char init[] = { 0, 0, 0, 5, 1, 0, 0, 0, 3 };
	struct pollfd ready = { .events = POLLIN };
	struct sample sample;
	int down[2], up[2];
	double start;
	char byte;
	pid_t pid;

	if (pipe2(down, O_CLOEXEC) != 0 || pipe2(up, O_CLOEXEC) != 0)
		die("pipe: %s", strerror(errno));
	if (greet && write(up[1], init, sizeof(init)) != sizeof(init))
		die("write: %s", strerror(errno));
	start = now_ms();
	pid = spawn(argv, up[0], down[1]);
	close(up[0]);
	close(down[1]);
	ready.fd = down[0];
	if (poll(&ready, 1, WAIT_MS) != 1 || read(down[0], &byte, 1) != 1)
		die("%s prints nothing", argv[0]);
	sample.wall = now_ms() - start;
	close(up[1]);
	close(down[0]);
	sample.cpu = wait_for(pid, argv, false);
	return sample;
}

static struct sample
run_once(const struct plan *plan, char *const argv[])
{
	if (plan->prepare != NULL) {
		char *shell[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" },
			plan->prepare, NULL };

		wait_for(spawn(shell, -1, -1), shell, true);
	}
	return plan->first_byte ? run_to_first_byte(argv, plan->greet)
				: run_whole(argv);
}

static int
compare(const void *a, const void *b)
{
	const double *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

/* Sorts the values; *least gets the first. */
static double
median(double *values, int count, double *least)
{
	qsort(values, (size_t)count, sizeof(*values), compare);
	*least = values[0];
	return values[count / 2];
}

static void
print_command(struct sample (*samples)[RUNS_MAX], int command, int runs)
{
	double wall[RUNS_MAX], cpu[RUNS_MAX], walls[RUNS_MAX], cpus[RUNS_MAX];
	double least_wall, least_cpu, ignored;

	for (int i = 0; i < runs; i++) {
		wall[i] = samples[command][i].wall;
		cpu[i] = samples[command][i].cpu;
		walls[i] = wall[i] / samples[0][i].wall;
		cpus[i] = cpu[i] / samples[0][i].cpu;
	}
	double middle_wall = median(wall, runs, &least_wall);
	double middle_cpu = median(cpu, runs, &least_cpu);

	printf("%.2f %.2f %.2f %.2f %.3f %.3f\n", least_wall, middle_wall,
	    least_cpu, middle_cpu, median(walls, runs, &ignored),
	    median(cpus, runs, &ignored));
}

static void
take_options(struct plan *plan, int argc, char **argv)
{
	int64_t runs = 7;
	int option;

	while ((option = getopt(argc, argv, "+n:p:fi")) != -1) {
		if (option == 'n' && num_parse(optarg, 1, RUNS_MAX, &runs))
			continue;
		if (option == 'p')
			plan->prepare = optarg;
		else if (option == 'f')
			plan->first_byte = true;
		else if (option == 'i')
			plan->greet = true;
		else
			die("see the head of tests/bench/alternate.c");
	}
	plan->runs = (int)runs;
	/* getopt has passed over the first "--". */
	if (optind < argc)
		plan->commands[plan->count++] = argv + optind;
	for (int i = optind; i < argc; i++) {
		if (strcmp(argv[i], "--") != 0)
			continue;
		if (plan->count == COMMANDS_MAX || argv[i + 1] == NULL)
			die("a command is missing, or one too many");
		argv[i] = NULL;
		plan->commands[plan->count++] = argv + i + 1;
	}
	if (plan->count < 2)
		die("two commands are needed");
}

int
main(int argc, char **argv)
{
	static struct sample samples[COMMANDS_MAX][RUNS_MAX];
	struct plan plan = { .prepare = NULL };

	take_options(&plan, argc, argv);
	for (int i = 0; i < plan.runs; i++) {
		for (int c = 0; c < plan.count; c++)
			samples[c][i] = run_once(&plan, plan.commands[c]);
	}
	for (int c = 0; c < plan.count; c++)
		print_command(samples, c, plan.runs);
	return 0;
}
