/*
 * What a hostile program in rsync's place tries, one act each. An act returns
 * 0 where it succeeded, else -1 with errno; each has its victim outside, a
 * file of the act's own name.
 */
#ifndef FILESONLY_TESTS_FAULT_ACTS_ACTS_H
#define FILESONLY_TESTS_FAULT_ACTS_ACTS_H

#include <sys/types.h>

/* What the jail is to make of it; without one all but MAY and ROOT succeed. */
enum claim {
	FAILS,    /* never again */
	MAY,      /* likewise, but some kernels refuse it by themselves */
	ROOT,     /* likewise, and only root could do it */
	LOOKS,    /* fails in a namespace: a residual under Landlock */
	TAKEN,    /* fails under Landlock: a residual in a namespace */
	WORKS,    /* goes on working in every mode */
	CHANGES,  /* works, and fails in read-only */
	SAME,     /* the broker answers as the kernel does */
	HARMLESS, /* nothing is gained by it */
};

struct act {
	const char *name;
	enum claim claim;
	int (*run)(const struct act *act);
	int op, way; /* of metadata acts */
};

/* Each ended by a NULL name. */
extern const struct act exec_acts[];
extern const struct act file_acts[];
extern const struct act metadata_acts[];
extern const struct act process_acts[];
extern const struct act kernel_acts[];
extern const struct act socket_acts[];
extern const struct act inside_acts[];
extern const struct act broker_acts[];
extern const struct act moved_acts[];

/* Where outside is, and somebody else's process of the same account. */
extern char outside[4096];
extern pid_t victim;

/* Whose child the program is: our supervisor. */
extern pid_t supervisor;

/* The path of the act's victim; valid until the next call. */
const char *out(const struct act *act);

/* Opens with mode 0666 and closes. */
int try_open(const char *path, int flags);

/* 0 where number is none of an error's, closing it if it is a descriptor. */
int closed(int fd);

/* Waits for a child: 0 where it ended with 0, else errno is its status. */
int outcome(pid_t pid);

#endif
