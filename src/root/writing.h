/*
 * How a file is opened to be written, by what the policy answers for what
 * exists: the same for every subsystem.
 */
#ifndef FILESONLY_ROOT_WRITING_H
#define FILESONLY_ROOT_WRITING_H

#include "policy/policy.h"
#include "root/cache.h"
#include "root/own.h"
#include "root/upload.h"

struct writing {
	struct root_cache *cache;
	struct own *own;
	enum answer existing; /* may what has the name be changed? */
	bool keeps_own;       /* the policy asks for "own": what is created is
			       * noted down, so that it may be changed later */
	bool keeps_set_id;    /* of a file that is changed in place */
};

/*
 * Opens by open(2)'s flags, and mode with O_CREAT. Returns a descriptor, or -1
 * with errno: EPERM where what exists may not be changed.
 */
int writing_open(const struct writing *writing, const struct relpath *path,
    int flags, mode_t mode) must_check;

/* What an upload may replace where it gets its name. */
enum replacing writing_replaces(enum answer existing);

/*
 * Gives the new file the owner, group and mode of the one that it will
 * replace; the policy's file-mode where that is set. Returns 0, or -1.
 */
int writing_make_alike(const struct policy *policy, int fd,
    const struct stat *old) must_check;

#endif
