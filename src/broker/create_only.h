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
#include "broker/fileset.h"
#include "root/own.h"

struct create_only {
	struct own own;
	struct fileset made; /* what own_is can't know any more */
	uint64_t kept;       /* calls answered that have changed nothing */
};

/* Did the program make the pinned object? */
bool create_only_owns(const struct create_only *create_only, int fd) must_check;

/* What it has made is about to get another owner: it stays its own. */
void create_only_remember(struct create_only *create_only, int fd);

/*
 * The program has it open for writing, which the filter allows for what it
 * creates only: it is its own however long the upload takes.
 */
void create_only_remember_written(struct create_only *create_only, int fd);

/*
 * As renameat2 and unlinkat, of one component each in pinned directories;
 * EPERM where something that would change is not the program's own. Other
 * flags than RENAME_NOREPLACE and RENAME_EXCHANGE are EINVAL.
 */
int create_only_rename(const struct create_only *create_only, int from_dir,
    const char *from, int to_dir, const char *to, unsigned flags) must_check;
int create_only_remove(const struct create_only *create_only, int dir,
    const char *name, int flags) must_check;

void create_only_free(struct create_only *create_only);

#endif
