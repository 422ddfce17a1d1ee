/*
 * The sessions that run, from /proc alone: who runs the gate is judged by the
 * file that the kernel executes for it, what it serves by what that gate keeps
 * in its memory (session/live.h).
 */
#ifndef FILESONLY_CTL_LIVE_SESSIONS_H
#define FILESONLY_CTL_LIVE_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "session/live.h"

struct live_session {
	pid_t pid;
	uid_t uid;
	int proc;      /* /proc/PID, owned: of this process and no later one */
	int64_t began; /* seconds since 1970 */
	bool is_older; /* its program was replaced on the disk since */
	bool is_told;  /* it says what follows */
	bool is_virtual; /* an account of filesonlyd's */
	char *id;        /* the record's, owned as all texts here; */
	char *account, *service, *address, *key, *root; /* "": not told */
	int page;              /* what it goes on telling; owned, or -1 */
	struct live_page told; /* ... as it was read last */
};

/* A process of the machine. */
struct live_process {
	pid_t pid, parent;
};

struct live_sessions {
	struct live_session *at;
	size_t count;
	struct live_process *processes; /* all there are */
	size_t process_count;
	bool are_all; /* else the caller's own, judged by their names */
};

/*
 * Finds them; ends with live_sessions_free in any case. Returns 0, or -1 with
 * errno.
 */
int live_sessions_find(struct live_sessions *sessions) must_check;
void live_sessions_free(struct live_sessions *sessions);

/* Reads again what the session tells; false where it does not, or is over. */
bool live_session_read(struct live_session *session);

/* Has process descended from ancestor, or is it that? */
bool live_descends(const struct live_sessions *sessions, pid_t process,
    pid_t ancestor);

#endif
