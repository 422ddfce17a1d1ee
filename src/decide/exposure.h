/*
 * What a client could change through its root: not by the root's path alone,
 * but by any mount that lies below it. A directory of the machine may be seen
 * in the root because it, one above it or one in it is mounted there, or
 * because the root's file system is mounted a second time elsewhere.
 */
#ifndef FILESONLY_DECIDE_EXPOSURE_H
#define FILESONLY_DECIDE_EXPOSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/buf.h"
#include "decide/views.h"
#include "root/root.h"

struct exposure_room;

/* Starts as {0}; exposure_close ends it. */
struct exposure {
	struct views views; /* what the root shows */
	uid_t uid;          /* the account, for which is asked */
	struct exposure_room *room;
	struct { /* directories that were asked for and are not exposed */
		dev_t device;
		ino_t inode;
	} clear[16];
	size_t cleared;
};

/*
 * Finds out what the root shows. Returns 0, or -1 with a sentence for the
 * administrator in why: there is no /proc, or it can't be understood.
 */
int exposure_open(struct exposure *exposure, const struct root *root, uid_t uid,
    bool crosses_mounts, struct buf *why) must_check;
void exposure_close(struct exposure *exposure);

/*
 * Returns true where the client could change the open file or directory (any
 * descriptor, O_PATH too): it is seen in the root, on a mount that may be
 * written, and belongs to the account or may be written by it; or it can't be
 * known. Then why gets a clause that says so.
 */
bool exposure_has(struct exposure *exposure, int fd,
    struct buf *why) must_check;

/*
 * Returns true where the client could see the open file: it is shown in the
 * root, whatever its mode and its mount's; or that can't be known. Then why
 * gets a clause that says so.
 */
bool exposure_shows(struct exposure *exposure, int fd,
    struct buf *why) must_check;

/*
 * Returns true where exposure_has would say no to the open object and to each
 * directory on the way to it, by a path without symlinks. This costs less;
 * false says nothing.
 */
bool exposure_misses(const struct exposure *exposure, int fd) must_check;

/*
 * In a chroot (sshd's ChrootDirectory) a mount below the root may show what
 * lies outside the chroot, the account's home for one. Returns true, with a
 * clause in why, where such a mount is there and may be written.
 */
bool exposure_is_unclear(struct exposure *exposure, struct buf *why) must_check;

#endif
