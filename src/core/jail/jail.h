/*
 * The wall. A profile says what a subsystem still needs; entering it takes
 * everything else away from this process (or from the program that is run),
 * by means that the kernel enforces: Landlock, seccomp, a mount namespace, a
 * broker for metadata calls. A means that is missing refuses, unless the
 * policy says confine=prefer.
 */
#ifndef FILESONLY_CORE_JAIL_JAIL_H
#define FILESONLY_CORE_JAIL_JAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "core/policy.h"

struct pace;
struct root;
struct session;

/* Rows of the table in profile.c. */
enum jail_profile {
	JAIL_FILES,   /* internal subsystems: descriptors and openat2 only */
	JAIL_PROGRAM, /* rsync: one exec, no network, files in the root only */
};

struct jail_plan {
	enum jail_profile profile;
	const struct policy *policy;   /* mode, confine, jail wish */
	const struct session *session; /* a program's: what is its own */
	struct root *root;             /* reopened if the namespace changes */
};

/* What was entered, for the audit line, or why it could not be. */
struct jail_report {
	char means[64]; /* "landlock7+seccomp+broker" */
	char lack[192]; /* what this kernel lacks; "" where nothing */
};

/*
 * Confines this process for good; called before the first client byte is
 * read, at the top of the function that needs it. Returns 0 (with
 * report->lack set where confine=prefer went on without), or -1: the service
 * must be refused with REFUSE_CONFINEMENT.
 */
int jail_enter(const struct jail_plan *plan,
    struct jail_report *report) must_check;

/* What can be said before anything was entered: the caller's one chance. */
typedef void jail_entered(void *context, const struct jail_report *report);

/*
 * Some of what the program has written to its log, in order, as it came.
 * Returns false where the program must end.
 */
typedef bool jail_logged(void *context, const char *bytes, size_t len);

struct jail_command {
	const char *path;      /* the program: the administrator's, absolute */
	char *const *argv;     /* ended by NULL */
	char *const *envp;     /* the whole environment, ended by NULL */
	bool gconv;            /* character sets are converted (--iconv) */
	jail_entered *entered; /* called once the walls stand, before exec */
	const char *log;       /* a name without slashes: what the program
				* opens under it is a pipe to ... */
	jail_logged *logged;   /* ... this; NULL: there is no log */
	void *context;
	uint64_t max_file_size; /* bytes that it may write to one; 0: any */
	uint64_t ends;          /* when it must end: CLOCK_MONOTONIC in
				 * milliseconds; 0: never */
	struct pace *pace;      /* how fast its bytes may move and how many;
				 * NULL: any, and they are not seen */
};

/* How a program has ended. */
struct jail_outcome {
	int status;      /* waitpid's */
	bool timed_out;  /* it was told to end, since its time was over */
	const char *hit; /* ... since this key of the pace was hit, or NULL */
	uint64_t in;     /* bytes from the client; 0 without a pace ... */
	uint64_t out;    /* ... and to it */
	bool log_opened; /* the program has opened its log */
	uint64_t kept;   /* create-only: metadata calls on what was not the
			  * program's own, answered and left undone */
};

/*
 * Runs a program inside the walls with our 0, 1 and 2 and no other
 * descriptor, its working directory the root, and stays as its supervisor:
 * forwards signals, carries out brokered metadata calls, ends it with the
 * session, waits. Returns 0 with *outcome, or -1: refused (report->lack says
 * why) and the program never ran.
 */
int jail_run(const struct jail_plan *plan, const struct jail_command *command,
    struct jail_report *report, struct jail_outcome *outcome) must_check;

/*
 * Returns true where jail_run would use a mount namespace, in which what lies
 * outside does not exist: only there may rsync follow symlinks (-L -K -k).
 */
bool jail_has_namespace(const struct policy *policy);

/*
 * Returns true where a program's log (jail_command) can be had: not where a
 * container has taken the one listener that there may be.
 */
bool jail_has_log(const struct policy *policy);

#endif
