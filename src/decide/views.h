/*
 * What the root shows of the machine's file systems: its own directory, and
 * what is mounted below it. Told by place in the file system, which the
 * kernel's table of mounts gives for each object that is open.
 */
#ifndef FILESONLY_DECIDE_VIEWS_H
#define FILESONLY_DECIDE_VIEWS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/mount_table.h"
#include "root/root.h"

enum { VIEWS_PATH = 2 * PATH_MAX };

/* A mount, or the root's part of one. */
struct view {
	const struct mount *mount;
	const char *shows; /* the path in the file system ... */
	const char *below; /* ... that is seen here, relative to the root */
};

/* Where an object lies. */
struct place {
	const struct mount *mount;
	char text[PATH_MAX];   /* as this process names it */
	char path[VIEWS_PATH]; /* in the mount's file system */
};

/* root and crosses_mounts are the caller's to set, all else starts as 0. */
struct views {
	const struct root *root;
	bool crosses_mounts; /* mounts below the root can be entered */
	bool in_chroot;      /* "/" is no mount: there is more above it */
	struct mount_table mounts;
	struct view *at;
	size_t count;
	struct place *place; /* where views_locate has put what it found */
	char *shows;         /* the root's path in its file system */
};

/*
 * Reads the table of mounts, again where it was read. Returns 0, or -1 with
 * errno: there is no /proc, or it can't be understood. views_free in any case.
 */
int views_load(struct views *views) must_check;
void views_free(struct views *views);

/*
 * The mount through which the descriptor (O_PATH too) was opened, or NULL with
 * errno: ENODEV where the table lacks it.
 */
const struct mount *views_mount_of(const struct views *views,
    int fd) must_check;

/* Does a view show any part of this mount's file system? */
bool views_share(const struct views *views,
    const struct mount *mount) must_check;

/*
 * Fills views->place for what is open through this mount. Returns 0, or -1
 * with errno: ESTALE where it was moved or removed, EXDEV where no path leads
 * there.
 */
int views_locate(const struct views *views, int fd,
    const struct mount *mount) must_check;

/* What this process calls the open object. Returns 0, or -1 with errno. */
int views_text(const struct views *views, int fd,
    char out[PATH_MAX]) must_check;

/*
 * Returns true where no view shows the open object, nor any directory that a
 * path without symlinks has on its way to it from "/". False: it may be.
 */
bool views_miss(const struct views *views, int fd) must_check;

/* Is the mount's file system one that was not listed (a chroot's)? */
bool views_is_unlisted(const struct mount *mount) must_check;

/* The rest of path below top, "" for top itself; NULL: it is not below. */
const char *views_below(const char *path, const char *top);

/* Writes "above/rest". Returns false where it is too long. */
bool views_join(char *out, size_t size, const char *above,
    const char *rest) must_check;

#endif
