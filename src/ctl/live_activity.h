/* What a running session does at this moment: its bytes and its file. */
#ifndef FILESONLY_CTL_LIVE_ACTIVITY_H
#define FILESONLY_CTL_LIVE_ACTIVITY_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/live_sessions.h"

struct live_activity {
	uint64_t in, out; /* bytes so far, as far as the session counts them */
	uint64_t read, wrote; /* ... by its program's processes, where it runs
			       * one: files and pipes, too */
	char file[4096];      /* below the root: which is open, or "" */
	bool is_unnamed;      /* file is a directory: the upload in it gets its
			       * name when it is whole */
	bool is_written;      /* ... to be written */
};

/* Asks the kernel, as root; else all is 0. */
void live_activity_read(const struct live_sessions *sessions,
    struct live_session *session, struct live_activity *activity);

#endif
