/*
 * Directories in the root that create-only leaves free (the key "free"):
 * below them the rules are read-write's. They are opened once, when the session
 * begins, and stay the same directories whatever is renamed later. All must be
 * there: else a directory in which others have files could be renamed to one.
 *
 * Judged is an object in hand, never a path: a directory by the way up from it,
 * which crosses no mount; a file by its only name, in such a directory. What
 * has a second name, or is mounted there, is as anywhere else.
 *
 * That what was judged stays where it is, src/root/free_names.h sees to: no
 * directory gets in or out, nor does a file while it may be written to.
 */
#ifndef FILESONLY_ROOT_FREE_DIRS_H
#define FILESONLY_ROOT_FREE_DIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

struct root;
struct texts;

struct free_dir {
	int fd; /* O_PATH; it keeps the inode number from another's use */
	uint64_t device, inode;
};

/* {0}: none. */
struct free_dirs {
	struct free_dir *at;
	size_t count;
};

/*
 * Returns 0, or -1 with errno where one is not there, or is reached by a
 * symlink: then none is open and *missing, if it is not NULL, is that path.
 * free_dirs_close ends it.
 */
int free_dirs_open(struct free_dirs *dirs, const struct root *root,
    const struct texts *paths, const char **missing) must_check;
void free_dirs_close(struct free_dirs *dirs);

/* May a name in this open directory be given and taken as in read-write? */
bool free_dirs_have_name(const struct free_dirs *dirs, int directory,
    const char *name) must_check;

/*
 * May the pinned object be changed as in read-write? Not the free directory
 * itself. A file may leave a free directory at any time, also while this is
 * asked: so ask while it is held (free_dirs_hold), or with a descriptor by
 * which it is open for writing.
 */
bool free_dirs_have(const struct free_dirs *dirs, struct root *root,
    int fd) must_check;

/*
 * Keeps the pinned object from leaving, through whichever session, until *held
 * is closed. -1 in there: it is none that could leave. Returns 0, or -1 with
 * errno; EBUSY: it is just leaving, or somebody else has locked it.
 */
int free_dirs_hold(struct root *root, int fd, int *held) must_check;

/*
 * Does the name by which it was pinned lie below there, or outside? Neither is
 * true where that can't be told: it was removed, or is another object's by now.
 */
bool free_dirs_lead_to(const struct free_dirs *dirs, struct root *root,
    int fd) must_check;
bool free_dirs_lead_elsewhere(const struct free_dirs *dirs, struct root *root,
    int fd) must_check;

#endif
