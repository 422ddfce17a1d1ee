/*
 * What a program in create-only makes: carried out for it in a pinned
 * directory, under a name of one component that must be free, and put into the
 * set of what is its own (create_only.h).
 *
 * The program's umask is ours: we set it where the program sets its own, and
 * create nothing for ourselves.
 */
#ifndef FILESONLY_BROKER_CREATION_H
#define FILESONLY_BROKER_CREATION_H

#include <sys/types.h>

#include "base/auto.h"

struct create_only;

/*
 * As openat with O_CREAT and O_EXCL, whatever flags say of them. Returns a
 * descriptor, close-on-exec, or -1 with errno: EINVAL for flags by which
 * nothing would be created.
 */
int creation_open(struct create_only *create_only, int dir, const char *name,
    int flags, mode_t mode) must_check;

/*
 * A second name for a pinned object, which becomes nobody's own by it. Our
 * working directory must be /proc.
 */
int creation_link(int fd, int dir, const char *name) must_check;

#endif
