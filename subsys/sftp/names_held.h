/*
 * Names that tell the contents (root/digest_names.h), where they are given to
 * what has a name already.
 */
#ifndef FILESONLY_SUBSYS_SFTP_NAMES_HELD_H
#define FILESONLY_SUBSYS_SFTP_NAMES_HELD_H

#include <stdbool.h>

#include "base/auto.h"

struct relpath;
struct sftp;

/*
 * from is to be renamed or linked to to. Returns 0, or -1 with errno where it
 * may not; *held (-1 before) is the file that was read, where one had to be,
 * and is not written by anyone until the caller closes it.
 */
int names_hold(struct sftp *sftp, const struct relpath *from,
    const struct relpath *to, int *held) must_check;

/* Does the name stand for the file that was held, if one was? */
bool names_are_held(struct sftp *sftp, const struct relpath *to,
    int held) must_check;

#endif
