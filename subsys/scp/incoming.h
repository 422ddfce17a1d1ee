/*
 * A file on its way in: written in place, or aside with atomic-uploads. It is
 * never what a symlink stands for.
 */
#ifndef FILESONLY_SUBSYS_SCP_INCOMING_H
#define FILESONLY_SUBSYS_SCP_INCOMING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "root/upload.h"
#include "root/writing.h"

struct policy;

struct incoming {
	int fd; /* that is written; owned, but where is_aside */
	bool is_aside;
	struct root_upload upload;
	enum replacing replacing;
};

/*
 * Opens the path for what comes. mode is that of a new file, before the umask.
 * Returns 0, or -1 with errno.
 */
int incoming_open(struct incoming *incoming, const struct policy *policy,
    const struct writing *writing, const struct relpath *path,
    mode_t mode) must_check;

/* All has come: it ends behind size bytes. Returns 0, or -1 with errno. */
int incoming_end(const struct incoming *incoming, uint64_t size) must_check;

/*
 * Closes it; what is written aside gets its name. digest is that of all that
 * was written, or NULL. Returns 0, or -1 with errno: then what was aside is
 * gone.
 */
int incoming_finish(struct incoming *incoming, const struct writing *writing,
    const unsigned char *digest) must_check;

/*
 * The upload was cut or failed: removes a file that is written aside; cuts one
 * that is written in place behind the last byte, so that it does not look
 * whole.
 */
void incoming_cut(struct incoming *incoming, uint64_t written);

#endif
