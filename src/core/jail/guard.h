/*
 * create-only for a program that is not trusted: which objects it has made
 * itself, and the changes of names that it may make among them. Objects are
 * judged pinned. A name is changed and then looked at again: where another
 * process has put something else there in between, the change is undone.
 */
#ifndef FILESONLY_CORE_JAIL_GUARD_H
#define FILESONLY_CORE_JAIL_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "core/jail/made.h"
#include "core/root/own.h"

struct guard {
	struct own own;
	struct made made; /* what own_is can't know any more */
	uint64_t kept;    /* calls answered that have changed nothing */
};

/* Did the program make the pinned object? */
bool guard_owns(const struct guard *guard, int fd) must_check;

/* What it has made is about to get another owner: it stays its own. */
void guard_remember(struct guard *guard, int fd);

/*
 * The program has it open for writing, which the filter allows for what it
 * creates only: it is its own however long the upload takes.
 */
void guard_remember_written(struct guard *guard, int fd);

/*
 * As renameat2 and unlinkat, of one component each in pinned directories;
 * EPERM where something that would change is not the program's own. Other
 * flags than RENAME_NOREPLACE and RENAME_EXCHANGE are EINVAL.
 */
int guard_rename(const struct guard *guard, int from_dir, const char *from,
    int to_dir, const char *to, unsigned flags) must_check;
int guard_remove(const struct guard *guard, int dir, const char *name,
    int flags) must_check;

void guard_free(struct guard *guard);

#endif
