/*
 * Which walls a process gets, and how it goes behind them: the part that
 * internal subsystems (jail.c) and programs (supervise.c) have in common.
 */
#ifndef FILESONLY_CORE_JAIL_WALLS_H
#define FILESONLY_CORE_JAIL_WALLS_H

#include <stdbool.h>

#include "core/jail/jail.h"

struct elf_files;

enum space {
	SPACE_OURS,   /* no namespace: Landlock alone says what is there */
	SPACE_MOUNTS, /* a private mount namespace (we may mount) */
	SPACE_USER,   /* the same by way of a user namespace */
};

struct walls {
	enum space space;
	int landlock;          /* the ABI that is used, or 0 */
	int landlock_error;    /* why 0: errno, or 0 where the ABI is too old */
	bool listener;         /* seccomp notifications can be had (programs) */
	const char *no_broker; /* why not, or NULL */
};

/* What this kernel has for a profile; nothing is entered. */
void walls_choose(struct walls *walls, const struct policy *policy,
    enum jail_profile profile);

/*
 * Goes behind them for good: namespace, capabilities, Landlock; the filter is
 * the caller's. files: a program's, or NULL. The means are appended to the
 * report. Returns 0, or -1 with report->lack: the caller must not go on.
 */
int walls_enter(const struct walls *walls, const struct jail_plan *plan,
    const struct elf_files *files, struct jail_report *report) must_check;

/* Appends "+word" (or "word") to the report's means. */
void walls_report(struct jail_report *report, const char *word);

/* Sets the report's lack, unless it is set already. */
void walls_lack(struct jail_report *report, const char *format, ...)
    printf_like(2, 3);

#endif
