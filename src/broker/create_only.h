/*
 * create-only for a program that is not trusted: which objects it has made
 * itself, and the changes of names that it may make among them. Objects are
 * judged pinned. A name is changed and then looked at again: where another
 * process has put something else there in between, the change is undone.
 */
#ifndef FILESONLY_BROKER_CREATE_ONLY_H
#define FILESONLY_BROKER_CREATE_ONLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "root/own.h"

struct create_only {
	struct own own;
	uint64_t kept; /* calls answered that have changed nothing */
};

/*
 * As renameat2 and unlinkat, of one component each in pinned directories;
 * EPERM where something that would change is not the program's own. Other
 * flags than RENAME_NOREPLACE and RENAME_EXCHANGE are EINVAL.
 */
int create_only_rename(const struct create_only *create_only, int from_dir,
    const char *from, int to_dir, const char *to, unsigned flags) must_check;
int create_only_remove(const struct create_only *create_only, int dir,
    const char *name, int flags) must_check;

#endif
