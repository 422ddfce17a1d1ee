/* What symlinks a client may make: the policy's key "links". */
#ifndef FILESONLY_SUBSYS_SFTP_LINKS_H
#define FILESONLY_SUBSYS_SFTP_LINKS_H

#include <stdbool.h>

#include "base/auto.h"
#include "root/relpath.h"

struct sftp;

/* May a symlink with this text stand there? Returns 0, or -1 with EPERM. */
int links_check_text(struct sftp *sftp, const char *text,
    const struct relpath *place) must_check;

/*
 * May what is at from, if it is a symlink, be moved there, or get a second
 * name there (is_copy)? Returns as above.
 */
int links_check_move(struct sftp *sftp, const struct relpath *from,
    const struct relpath *to, bool is_copy) must_check;

#endif
