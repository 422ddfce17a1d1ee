/*
 * Our end never blocks. The pipe keeps each write of the program's apart from
 * the next (O_DIRECT, pipe(2)): where one begins is told by the kernel, and by
 * nothing that stands in it.
 */
#include "program/program_log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/clock.h"

enum {
	PIPE_BYTES = 256 * 1024,
	/* How many writes a pipe of that size holds: each has a page. */
	PIPE_WRITES = PIPE_BYTES / PIPE_BUF,
	SETTLE_MS = 250,
};

int
program_log_open(struct program_log *log, const struct program_command *command)
{
	int ends[2];

	*log = (struct program_log){ .from = -1, .to = -1, .command = command };
	if (command->logged == NULL)
		return 0;
	if (pipe2(ends, O_CLOEXEC | O_DIRECT) != 0)
		return -1;
	log->from = ends[0];
	log->to = ends[1];
	/* The program's end must wait when it is full: only ours does not. */
	if (fcntl(log->from, F_SETFL, O_NONBLOCK) != 0)
		return -1;
	/* A user may have reached a limit: it is a matter of speed alone. */
	if (fcntl(log->to, F_SETPIPE_SZ, PIPE_BYTES) < 0)
		return 0;
	return 0;
}

bool
program_log_take(struct program_log *log)
{
	const struct program_command *command = log->command;
	not_zeroed char bytes[PIPE_BUF];
	ssize_t got;

	if (command != NULL && command->settles != NULL)
		log->settles = clock_ms() + SETTLE_MS;
	for (int i = 0; i < PIPE_WRITES && log->from >= 0; i++) {
		got = read(log->from, bytes, sizeof(bytes));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return true;
		if (!command->logged(command->context, bytes, (size_t)got)) {
			auto_close_fd(&log->from);
			return false;
		}
	}
	return true;
}

void
program_log_settle(struct program_log *log)
{
	if (log->settles == 0 || clock_ms() < log->settles)
		return;
	log->settles = log->command->settles(log->command->context)
			   ? clock_ms() + SETTLE_MS
			   : 0;
}

void
program_log_close(struct program_log *log)
{
	auto_close_fd(&log->from);
	auto_close_fd(&log->to);
}
