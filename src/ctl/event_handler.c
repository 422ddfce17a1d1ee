/*
 * A client may change names while this goes on: the file is pinned first, then
 * judged, then opened by what was pinned.
 */
#include "ctl/event_handler.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "ctl/account_session.h"
#include "ctl/event_print.h"
#include "ctl/gate_program.h"
#include "decide/invocation.h"
#include "decide/policy_source.h"

enum { TRIES = 4, FILE_DESCRIPTOR = 3 };

/* The root that the configuration gives to the account, as sshd's sessions
 * have it. Returns false where there is none. */
static bool
configured_root(const struct event_handler *handler, const char *account,
    char root[2 * PATH_MAX])
{
	static struct session session;
	char config[PATH_MAX + 16], room[PATH_MAX + 512], gate[PATH_MAX];
	char *argv[] = { (char[]){ "filesonly" }, config, NULL };
	struct session_policy granted;
	struct invocation invocation;
	struct options options;
	bool found = false;
	struct buf error;

	(void)!account_session(account, &session);
	session.program = gate_program(gate);
	snprintf(config, sizeof(config), "--config=%s",
	    handler->config == NULL ? "" : handler->config);
	buf_init(&error, room, sizeof(room) - 1);
	invocation_read(&invocation, handler->config == NULL ? 1 : 2, argv,
	    NULL);
	if (policy_source_load(&invocation, &session, &options, &granted,
		&error) == LOADED &&
	    granted.policy.root != NULL) {
		found = true;
		snprintf(root, 2 * PATH_MAX, "%s", granted.policy.root);
	}
	session_policy_free(&granted);
	invocation_free(&invocation);
	return found;
}

/* Pins what has the path, below the root and by no symlink. */
static int
pin(int root, const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS,
	};

	path += strspn(path, "/");
	return path[0] == '\0'
		   ? -1
		   : (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

int
event_handler_open(const struct event_handler *handler,
    const struct event *event)
{
	const char *path = event->to != NULL ? event->to : event->path;
	char configured[2 * PATH_MAX], pinned[48];
	const char *root = handler->root;
	auto_fd int directory = -1;
	auto_fd int file = -1;
	struct stat st;

	if (path == NULL)
		return -1;
	if (root == NULL &&
	    configured_root(handler, event->account, configured))
		root = configured;
	if (root != NULL)
		directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory >= 0)
		file = pin(directory, path);
	if (file < 0 || fstat(file, &st) != 0 || !S_ISREG(st.st_mode))
		return -1;
	snprintf(pinned, sizeof(pinned), "/proc/self/fd/%d", file);
	return open(pinned, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* The event on a file in memory: who reads it sees its end. */
static int
written_down(const struct event *event, bool is_opened)
{
	auto_fd int fd = memfd_create("event", MFD_CLOEXEC);
	int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	FILE *out = copy < 0 ? NULL : fdopen(copy, "w");

	if (out == NULL)
		return -1;
	event_print(out, event, "", is_opened ? "yes" : "no");
	if (fclose(out) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		return -1;
	return take_fd(&fd);
}

static void __attribute__((noreturn))
become(const struct event_handler *handler, int input, int file)
{
	/* Each may have the other's number. */
	int high = file < 0 ? -1 : fcntl(file, F_DUPFD_CLOEXEC, 10);

	if (dup2(input, STDIN_FILENO) < 0)
		_exit(127);
	close(FILE_DESCRIPTOR);
	if (file >= 0 && (high < 0 || dup2(high, FILE_DESCRIPTOR) < 0))
		_exit(127);
	execvp(handler->argv[0], handler->argv);
	fprintf(stderr, "filesonlyctl: the command: %s\n", strerror(errno));
	_exit(127);
}

/* Returns true where it has ended with 0. */
static bool
run_once(const struct event_handler *handler, const struct event *event)
{
	auto_fd int file = event_handler_open(handler, event);
	auto_fd int input = written_down(event, file >= 0);
	int status = -1;
	pid_t pid = input < 0 ? -1 : fork();

	if (pid == 0)
		become(handler, input, file);
	while (pid > 0 && waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return false;
	}
	return pid > 0 && status == 0;
}

bool
event_handler_run(const struct event_handler *handler,
    const struct event *event)
{
	struct timespec pause = { 1, 0 };

	for (int i = 0; i < TRIES; i++) {
		if (i > 0) {
			nanosleep(&pause, NULL);
			pause.tv_sec *= 2;
		}
		if (run_once(handler, event))
			return true;
	}
	return false;
}
