/* How a file is opened to be written; OPEN and copy-file do it alike. */
#ifndef FILESONLY_SUBSYS_SFTP_OPEN_H
#define FILESONLY_SUBSYS_SFTP_OPEN_H

#include <sys/types.h>

#include "base/auto.h"

struct relpath;
struct sftp;
struct upload;

/*
 * Opens by open(2)'s flags. What exists is opened only as far as
 * sftp->grant.existing allows (EPERM). Returns a descriptor, or -1.
 */
int open_in_place(struct sftp *sftp, const struct relpath *path, int flags,
    mode_t mode) must_check;

/*
 * As open_in_place, but with atomic-uploads a new or replaced file is written
 * aside. *upload is what the handle must be told of (uploads_hold), or NULL:
 * the file stands under its name.
 */
int open_to_write(struct sftp *sftp, const struct relpath *path, int flags,
    mode_t mode, struct upload **upload) must_check;

#endif
