/*
 * What is made by a call that gives no descriptor, and is own from then on
 * (root/own.h): for SFTP by own_changes.c, for a program in create-only by the
 * broker. As the system calls, of a name of one component in a directory that
 * was opened in the root.
 */
#ifndef FILESONLY_ROOT_OWN_CREATIONS_H
#define FILESONLY_ROOT_OWN_CREATIONS_H

#include <sys/types.h>

#include "base/auto.h"
#include "root/own.h"

int own_mkdir_at(struct own *own, int directory, const char *name,
    mode_t mode) must_check;
int own_mknod_at(struct own *own, int directory, const char *name, mode_t mode,
    dev_t device) must_check;
int own_symlink_at(struct own *own, const char *text, int directory,
    const char *name) must_check;

#endif
