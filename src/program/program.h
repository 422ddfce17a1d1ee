/*
 * Another program (rsync), run behind the walls of a jail (confine/jail.h),
 * with this process as its supervisor.
 */
#ifndef FILESONLY_PROGRAM_PROGRAM_H
#define FILESONLY_PROGRAM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "confine/jail.h"

struct pace;
struct watch;

/* Called once the walls stand, before the program is executed. */
typedef void program_entered(void *context);

/*
 * What one write of the program's to its log has said (PIPE_BUF bytes at
 * most: longer ones come in several), in order. Returns false where the
 * program must end.
 */
typedef bool program_logged(void *context, const char *bytes, size_t len);

/*
 * Called when it has logged nothing for a moment. Returns true where it is to
 * be called again after the next one.
 */
typedef bool program_settles(void *context);

struct program_command {
	const char *path;  /* the program: the administrator's, absolute */
	char *const *argv; /* ended by NULL */
	char *const *envp; /* the whole environment, ended by NULL */
	bool gconv;        /* character sets are converted (--iconv) */
	program_entered *entered; /* called once the walls stand, before exec */
	const char *log;          /* a name without slashes: what the program
				   * opens under it is a pipe to ... */
	program_logged *logged;   /* ... this; NULL: there is no log */
	program_settles *settles; /* NULL where logged is, or no need */
	void (*differed)(void *context); /* a file of the root was refused:
					  * root/digest_names.h */
	void *context;
	uint64_t max_file_size;    /* bytes that it may write to one; 0: any */
	uint64_t ends;             /* when it must end: CLOCK_MONOTONIC in
				    * milliseconds; 0: never */
	const struct watch *watch; /* who tells that it must end; NULL */
	bool only_tried;   /* the walls are put up, and nothing is executed */
	struct pace *pace; /* how fast its bytes may move and how many;
			    * NULL: any, and they are not seen */
	size_t keepalive;  /* see relay_follow */
};

enum program_result {
	PROGRAM_RAN,      /* *outcome says how it has ended */
	PROGRAM_NO_WALLS, /* the kernel lacks them: report->lack says which */
	PROGRAM_UNUSABLE, /* it can't be executed: report->lack says why */
};

/* How a program has ended. */
struct program_outcome {
	int status;          /* waitpid's */
	bool timed_out;      /* it was told to end, since its time was over */
	bool mounts_changed; /* it was ended since the machine's mounts had
			      * changed, which it could not see */
	const char *hit; /* ... since this key of the pace was hit, or the watch
			  * said so, or NULL */
	uint64_t in;     /* bytes from the client; 0 without a pace ... */
	uint64_t out;    /* ... and to it */
	bool log_opened; /* the program has opened its log */
	bool stuck;    /* some of its processes can't be ended, and are left */
	uint64_t kept; /* create-only: metadata calls on what was not the
			* program's own, answered and left undone */
};

/*
 * Runs a program inside the walls with our 0, 1 and 2 and no other
 * descriptor, its working directory the root, and stays as its supervisor:
 * forwards signals, carries out brokered metadata calls, ends it with the
 * session, waits.
 */
enum program_result program_run(const struct jail_plan *plan,
    const struct program_command *command, struct jail_report *report,
    struct program_outcome *outcome) must_check;

#endif
