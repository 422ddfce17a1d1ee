/*
 * Which walls a process gets, and how it goes behind them: the part that
 * internal subsystems (jail.c) and programs (supervise.c) have in common.
 */
#ifndef FILESONLY_CONFINE_MEANS_H
#define FILESONLY_CONFINE_MEANS_H

#include <stdbool.h>

#include "confine/jail.h"

struct needed_files;

enum view {
	VIEW_HOST,   /* no namespace: Landlock alone says what is there */
	VIEW_MOUNTS, /* a private mount namespace (we may mount) */
	VIEW_USER,   /* the same by way of a user namespace */
};

struct means {
	enum view view;
	int landlock;          /* the ABI that is used, or 0 */
	int landlock_error;    /* why 0: errno, or 0 where the ABI is too old */
	bool listener;         /* seccomp notifications can be had: a program's
				* log, the broker */
	const char *no_broker; /* why not, or NULL */
	const char *no_space;  /* what of a namespace that was wanted can't be
				* had, where the policy goes on without, ... */
	int no_space_error;    /* ... and why */
};

/*
 * Chooses what this kernel has for a profile; enters nothing. Once a session:
 * finding out costs many calls.
 */
void means_choose(struct means *means, const struct policy *policy,
    enum jail_profile profile);

/*
 * Goes behind plan->means for good: namespace, capabilities, Landlock; the
 * filter is the caller's. files: a program's, or NULL. The means are appended
 * to the report. Returns 0, or -1 with report->lack: the caller must not go on.
 */
int means_enter(const struct jail_plan *plan, const struct needed_files *files,
    struct jail_report *report) must_check;

/*
 * Does what lies outside the root not exist for who is confined so? Only there
 * may rsync follow symlinks (-L -K -k).
 */
bool means_hide_outside(const struct means *means);

/*
 * The path under which a program finds the root's tree; own is the root's path
 * on the machine. Returns own or a constant.
 */
const char *means_place(const struct means *means, const struct policy *policy,
    const char *own);

/* Appends "+word" (or "word") to the report's means. */
void jail_report_add(struct jail_report *report, const char *word);

/* Sets the report's lack, unless it is set already. */
void jail_report_lack(struct jail_report *report, const char *format, ...)
    printf_like(2, 3);

#endif
