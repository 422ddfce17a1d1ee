/*
 * What a client was told is on the disk (the key sync). All of it does nothing
 * and returns 0 where root->syncs is not set; else 0, or -1 with the error of
 * the disk: then the client may not be told that it is done.
 */
#ifndef FILESONLY_ROOT_DURABLE_H
#define FILESONLY_ROOT_DURABLE_H

#include "root/root.h"

/* An open file's bytes and metadata. */
int durable_file(const struct root *root, int fd) must_check;

/* ... and the name that it has now, if it has one in the root. */
int durable_named_file(struct root *root, int fd) must_check;

/* The names in a directory (O_PATH). */
int durable_directory(const struct root *root, int directory) must_check;

/* The name that the path's last component is. */
int durable_name(struct root *root, const struct relpath *path) must_check;

#endif
