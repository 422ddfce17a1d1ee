/*
 * Spawned and not forked: the SSH library's pages, which are many, are not
 * copied for it. It gets an environment of three words and no descriptor but
 * its pipes.
 */
#include "serve/gate_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/xalloc.h"
#include "session/served.h"

enum { STREAMS = 3 };

struct pipes {
	int program[STREAMS], ours[STREAMS];
};

static int
open_pipes(struct pipes *pipes)
{
	for (int i = 0; i < STREAMS; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) != 0)
			return -1;
		pipes->program[i] = ends[i == 0 ? 0 : 1];
		pipes->ours[i] = ends[i == 0 ? 1 : 0];
	}
	return 0;
}

static void
close_streams(int fds[STREAMS])
{
	for (int i = 0; i < STREAMS; i++)
		auto_close_fd(&fds[i]);
}

/* The caller frees; NULL where there is no request. */
static char *
original_command(const char *request)
{
	static const char name[] = "SSH_ORIGINAL_COMMAND=";
	size_t size;
	char *text;

	if (request == NULL)
		return NULL;
	size = strlen(request) + sizeof(name);
	text = xcalloc(1, size);
	snprintf(text, size, "%s%s", name, request);
	return text;
}

/* No signal is blocked or passed over. Returns 0 or an error. */
static int
set_signals(posix_spawnattr_t *attributes)
{
	sigset_t none, defaults;
	int error;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	error = posix_spawnattr_setsigmask(attributes, &none);
	if (error == 0)
		error = posix_spawnattr_setsigdefault(attributes, &defaults);
	if (error == 0)
		error = posix_spawnattr_setflags(attributes,
		    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return error;
}

/* Returns 0 or an error. */
static int
spawn_gate(pid_t *pid, const struct gate_start *start, char *const *environment,
    const int streams[STREAMS], int record)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return error;
	error = posix_spawnattr_init(&attributes);
	if (error == 0) {
		error = set_signals(&attributes);
		for (int i = 0; i < STREAMS && error == 0; i++)
			error = posix_spawn_file_actions_adddup2(&actions,
			    streams[i], i);
		/* The last one: it may have a stream's number. */
		if (error == 0 && record >= 0)
			error = posix_spawn_file_actions_adddup2(&actions,
			    record, SERVED_RECORD_FD);
		if (error == 0 && start->directory != NULL)
			error = posix_spawn_file_actions_addchdir_np(&actions,
			    start->directory);
		if (error == 0)
			error = posix_spawn(pid, start->gate, &actions,
			    &attributes, start->words, environment);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

pid_t
gate_process_start(const struct gate_start *start, char *connection,
    const char *request, int record, int ours[3])
{
	static char path[] = "PATH=/usr/bin:/bin";
	auto_free char *original = original_command(request);
	char *const environment[] = { path, connection, original, NULL };
	struct pipes pipes = { { -1, -1, -1 }, { -1, -1, -1 } };
	pid_t pid = -1;
	int error = open_pipes(&pipes) == 0 ? 0 : errno;

	if (error == 0)
		error =
		    spawn_gate(&pid, start, environment, pipes.program, record);
	close_streams(pipes.program);
	if (error == 0) {
		memcpy(ours, pipes.ours, sizeof(pipes.ours));
		return pid;
	}
	close_streams(pipes.ours);
	errno = error;
	return -1;
}
