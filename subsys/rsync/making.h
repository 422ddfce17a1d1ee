/* All that the making of one argv needs, for mapping.c and path_values.c. */
#ifndef FILESONLY_SUBSYS_RSYNC_MAKING_H
#define FILESONLY_SUBSYS_RSYNC_MAKING_H

#include <limits.h>
#include <stdbool.h>

#include "root/root.h"
#include "subsys/rsync/lexical.h"

struct argv_value;
struct job;
struct policy;
struct rsync_args;
struct verdict;

struct making {
	const struct job *job;
	const struct policy *policy; /* the job's ... */
	struct root *root;           /* ... and its root */
	char own[PATH_MAX];          /* the root's own path */
	const struct rsync_args *args;
	struct verdict *verdict;
	char dest[2 * PATH_MAX]; /* a receiver's, without symlinks where it is
				  * there */
	bool dest_is_dir;        /* it is a directory, or becomes one */
	bool in_group;           /* new directories there get the setgid bit */
	struct argv_value *values;
	char **owned; /* the memory of values, one an item */
};

/*
 * LEXICAL_OUTSIDE where the path leads out of the root, or nowhere that can be
 * told; LEXICAL_MOUNTED where it may not lead (crossing.h).
 */
enum lexical_answer making_judge(const struct making *making, const char *path,
    enum follow follow) must_check;

#endif
