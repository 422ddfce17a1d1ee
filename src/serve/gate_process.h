/* The gate in a process of its own, with three pipes, as sshd runs it. */
#ifndef FILESONLY_SERVE_GATE_PROCESS_H
#define FILESONLY_SERVE_GATE_PROCESS_H

#include <sys/types.h>

#include "base/auto.h"

/* The program, its command line, and where it begins (NULL: where we are). */
struct gate_start {
	const char *gate;
	char *const *words;
	const char *directory;
};

/*
 * connection is "SSH_CONNECTION=..." of its environment; request NULL: none.
 * record, unless it is -1, becomes its SERVED_RECORD_FD.
 * Returns its pid and our ends of its 0, 1 and 2, which the caller closes; or
 * -1, with errno, and nothing is open.
 */
pid_t gate_process_start(const struct gate_start *start, char *connection,
    const char *request, int record, int ours[3]) must_check;

#endif
