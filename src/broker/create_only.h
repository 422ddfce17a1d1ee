/*
 * create-only for a program that is not trusted: which objects it has made
 * itself, and the changes of names that it may make among them.
 */
#ifndef FILESONLY_BROKER_CREATE_ONLY_H
#define FILESONLY_BROKER_CREATE_ONLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "root/own.h"

/* A descriptor that a thread of the program was given. */
struct create_only_handed {
	pid_t pid;
	int number;
};

enum { CREATE_ONLY_HANDED = 16 };

struct create_only {
	struct own own;
	uint64_t kept; /* calls answered that have changed nothing */
	struct create_only_handed handed[CREATE_ONLY_HANDED];
	size_t next_handed;
};

/* Notes that the program has its new file open for writing as this number. */
void create_only_hand_over(struct create_only *create_only, pid_t pid,
    int number);

/*
 * Keeps the files own that the program still has open for writing, for another
 * own-window: an upload may take longer than one. Call it at least twice in
 * each own-window; proc is /proc.
 */
void create_only_renew(struct create_only *create_only, int proc);

/*
 * As renameat2 and unlinkat, of one component each in pinned directories;
 * EPERM where something that would change is not the program's own. Other
 * flags than RENAME_NOREPLACE and RENAME_EXCHANGE are EINVAL.
 */
int create_only_rename(struct create_only *create_only, int from_dir,
    const char *from, int to_dir, const char *to, unsigned flags) must_check;
int create_only_remove(struct create_only *create_only, int dir,
    const char *name, int flags) must_check;

#endif
