/*
 * A hostile program in rsync's place: tries each way out that we know, in a
 * child each, and prints a line an act: its name, what is claimed of it, and 0
 * or errno (1000 and a signal's number where it died of one). The working
 * directory is the root; the file "plan" in it says where outside is, and
 * whose process is a victim.
 *
 *     hostile names    the acts' names: for their victims
 *     hostile ran      nothing: it is also the program that is to be run
 *
 * A plan that ends in a word makes it do something else: "bomb" forks as often
 * as it can and ends, "sibling" leaves a child to its supervisor and ends,
 * "cling" tries to outlive its supervisor, with a child, "wait" waits for the
 * end of its input. They print the numbers of the processes that they leave.
 * "modes" sets the modes of what it has open outside of any root, and prints
 * what becomes of that.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeplog.h"
#include "tests/fault/acts/acts.h"

enum { BOMB_MAX = 300 };

char outside[4096];
pid_t victim;
pid_t supervisor;

static const struct act *const groups[] = { exec_acts, file_acts, metadata_acts,
	process_acts, kernel_acts, socket_acts, inside_acts, broker_acts,
	moved_acts };

static const char *const claims[] = { [FAILS] = "fails",
	[MAY] = "may",
	[ROOT] = "root",
	[LOOKS] = "looks",
	[TAKEN] = "taken",
	[WORKS] = "works",
	[CHANGES] = "changes",
	[SAME] = "same",
	[HARMLESS] = "harmless" };

const char *
out(const struct act *act)
{
	static char path[8192];

	snprintf(path, sizeof(path), "%s/%s", outside, act->name);
	return path;
}

int
closed(int fd)
{
	return fd < 0 ? -1 : close(fd);
}

int
try_open(const char *path, int flags)
{
	return closed(open(path, flags, 0666));
}

int
outcome(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno == 0 ? 0 : -1;
}

static int
in_child(const struct act *act)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(60); /* where a processor is emulated */
		errno = 0;
		if (act->run(act) == 0)
			_exit(0);
		_exit(errno == 0 ? 255 : errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : 1000 + WTERMSIG(status);
}

/* Ends by nothing but SIGKILL. */
static void __attribute__((noreturn)) stay(void)
{
	close(0);
	close(1);
	close(2);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (;;)
		pause();
}

static void
print_number(pid_t pid)
{
	printf("%d\n", (int)pid);
	fflush(stdout);
}

static int
bomb(void)
{
	for (unsigned count = 0; count < BOMB_MAX; count++) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0) {
			setsid();
			stay();
		}
		print_number(pid);
	}
	return 0;
}

static int
leave_sibling(void)
{
	long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		stay();
	print_number((pid_t)pid);
	return pid < 0;
}

static int
cling(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		stay();
	}
	prctl(PR_SET_PDEATHSIG, 0);
	print_number(getpid());
	print_number(pid);
	stay();
}

static void
print_mode_set(const char *name, int fd)
{
	errno = 0;
	printf("%s %d\n", name, fchmod(fd, 0777) == 0 ? 0 : errno);
}

/* Its own program can be read, standard error was given to it; no root has a
 * pipe. */
static int
set_modes(void)
{
	int ends[2];

	if (pipe(ends) != 0)
		return 1;
	print_mode_set("pipe", ends[0]);
	print_mode_set("program",
	    open((const char *)getauxval(AT_EXECFN), O_RDONLY));
	print_mode_set("stderr", STDERR_FILENO);
	return 0;
}

static void
try_all(void)
{
	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		for (const struct act *act = groups[g]; act->name != NULL;
		     act++) {
			printf("%s %s %d\n", act->name, claims[act->claim],
			    in_child(act));
			fflush(stdout);
		}
	}
}

static void
print_names(void)
{
	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++)
		for (const struct act *act = groups[g]; act->name != NULL;
		     act++)
			puts(act->name);
}

int
main(int argc, char **argv)
{
	FILE *plan;
	char mode[16] = "";
	int pid;

	if (argc == 2 && strcmp(argv[1], "ran") == 0)
		return 0;
	if (argc == 2 && strcmp(argv[1], "names") == 0) {
		print_names();
		return 0;
	}
	keep_log(argv);
	supervisor = getppid();
	plan = fopen("plan", "r");
	if (plan == NULL ||
	    fscanf(plan, "%4095s %d %15s", outside, &pid, mode) < 2) {
		printf("no plan: %d\n", errno);
		return 1;
	}
	fclose(plan);
	victim = pid;
	if (strcmp(mode, "bomb") == 0)
		return bomb();
	if (strcmp(mode, "sibling") == 0)
		return leave_sibling();
	if (strcmp(mode, "cling") == 0)
		return cling();
	if (strcmp(mode, "wait") == 0)
		return (int)read(STDIN_FILENO, mode, 1);
	if (strcmp(mode, "modes") == 0)
		return set_modes();
	try_all();
	return 0;
}
