/*
 * The wall. A profile says what a subsystem still needs; entering it takes
 * everything else away from this process (or from the program that is run),
 * by means that the kernel enforces: Landlock, seccomp, a mount namespace, a
 * broker for metadata calls. A means that is missing refuses, unless the
 * policy says confine=prefer.
 */
#ifndef FILESONLY_CONFINE_JAIL_H
#define FILESONLY_CONFINE_JAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "policy/policy.h"

struct keeper;
struct means;
struct name_list;
struct root;
struct session;

/* Rows of the table in profile.c. */
enum jail_profile {
	JAIL_FILES,   /* internal subsystems: descriptors and openat2 only */
	JAIL_PROGRAM, /* rsync: one exec, no network, files in the root only */
};

struct jail_plan {
	enum jail_profile profile;
	const struct means *means;     /* what means_choose chose for it */
	const struct policy *policy;   /* mode, confine, jail wish */
	const struct session *session; /* a program's: what is its own */
	struct keeper *keeper;         /* a program's: started where a namespace
					* stands, the caller's to end */
	int *proc;                     /* a program's supervisor's: /proc, which
					* leads nowhere else in a namespace */
	struct root *root;             /* reopened if the namespace changes */
	const struct name_list *names; /* a program's: accounts beside those of
					* /etc, or NULL */
	bool attributes;               /* a program's calls about them are
					* carried out outside the namespace */
	bool restores;                 /* a program's, root's, outside of a
					* namespace: devices and capabilities
					* are made for it, and it opens none */
	bool looks;                    /* a program's, outside of a namespace:
					* what it looks at by a name lies in
					* the root */
	bool no_nodes;                 /* no device, pipe or socket is made */
};

/* The means that were entered, for the start line, and what was lacking. */
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

#endif
