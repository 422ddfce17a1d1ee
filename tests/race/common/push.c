/* What rsync prints goes to the file "out". */
#include "tests/race/common/push.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/race/common/tree.h"

// clang-format off
static const char *const pushes[][2] = {
	{ "-aI",  "host:flip/" },
	{ "-aI",  "host:locks/" },
	{ "-rIt", "host:flip/e0/" },
	{ "-aIR", "host:/" },
	{ "-aI",  "host:flip/top/" },
	{ "-aIb", "host:locks/d/" },
	{ "-aI",  "host:flip/in-free/" },
	{ "-aI",  "host:keep/new/" },
};
// clang-format on

enum { PUSHES = sizeof(pushes) / sizeof(pushes[0]) };

static void __attribute__((noreturn))
become_push(int directory, const char *shell, const char *const *push)
{
	int out = openat(directory, "out",
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (out < 0 || fchdir(directory) != 0 || dup2(out, 1) < 0 ||
	    dup2(out, 2) < 0)
		die("start", "rsync");
	execlp("rsync", "rsync", "--stats", "-e", shell, push[0], "up/",
	    push[1], (char *)NULL);
	die("run", "rsync");
}

pid_t
push_start(int directory, const char *shell, unsigned number)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork", "");
	if (pid == 0)
		become_push(directory, shell, pushes[number % PUSHES]);
	return pid;
}

unsigned
push_end(int directory, pid_t pid)
{
	static const char label[] = "files transferred: ";
	auto_free char *out = NULL;
	const char *at;
	size_t len;
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("wait for", "rsync");
	out = read_file(directory, "out", 1 << 16, &len);
	at = out == NULL ? NULL : strstr(out, label);
	return at == NULL ? 0
			  : (unsigned)strtoul(at + sizeof(label) - 1, NULL, 10);
}
