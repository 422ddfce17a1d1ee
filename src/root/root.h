/*
 * The confined root: the one module through which internal subsystems reach
 * files. The directory is opened once; every lookup is openat2 with
 * RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS from there, a change opens the
 * parent so and then uses a one-component *at call. "/" is the root, absolute
 * symlinks resolve inside, ".." stops at the top, a raced rename leads
 * nowhere. The kernel's answer is final: nothing is checked first by name.
 *
 * Every function that can fail returns -1 with errno (or a descriptor,
 * O_CLOEXEC, that the caller owns). EAGAIN from a lookup (".." walked while
 * something was renamed) is retried inside.
 */
#ifndef FILESONLY_ROOT_ROOT_H
#define FILESONLY_ROOT_ROOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "base/hash.h"
#include "root/abilities.h"
#include "root/bars.h"
#include "root/relpath.h"

/* A name that is a digest, and that which was found in its place, or "". */
struct differing {
	char name[HASH_SHA256_TEXT], found[HASH_SHA256_TEXT];
};

struct root {
	int fd;                     /* O_PATH, the root's directory */
	int proc_fd;                /* O_PATH, /proc/self/fd, or -1 */
	bool one_file_system;       /* RESOLVE_NO_XDEV */
	bool syncs;                 /* root/durable.h */
	bool verifies;              /* root/digest_names.h */
	struct differing differing; /* ... what was found wrong last */
	/* Asked while a file is read whole: may that go on? NULL: it may. */
	bool (*may_read_on)(void *context);
	void *context;
	struct bars bars;           /* set by root_bar */
	struct abilities abilities; /* of its file systems */
	uid_t uid;     /* whose uploads are ours; no call in a jail */
	gid_t gid;     /* that new files get */
	uint32_t boot; /* this kernel's run (root/upload_sweep.h); 0: not
			* known */
	uint64_t swept_device; /* the directory in which stale uploads were */
	uint64_t swept_inode;  /* ... removed last (root/upload.h) */
	time_t had_room_at;    /* when there was room last (root/space.h) */
	size_t globbed;        /* entries that wildcards have looked at */
};

enum follow {
	FOLLOW,    /* a symlink as last component is followed, in the root */
	NO_FOLLOW, /* ... is itself meant */
};

/*
 * Opens an administrator's path (trusted; a symlink in it is resolved here,
 * once) and /proc/self/fd. Fails with ENOSYS where the kernel lacks openat2
 * or a filter hides it. root_close ends it.
 */
int root_open(struct root *root, const char *path,
    bool one_file_system) must_check;
void root_close(struct root *root);

/*
 * Makes a directory in the root the root: below is a relative path, followed
 * beneath the root only (an absolute link or one that leads out: EXDEV).
 */
int root_narrow(struct root *root, const char *below) must_check;

/*
 * From now on no lookup reaches a name that these globs bar (NULL or empty:
 * none), by whatever links: each opened object's path is checked. No file is
 * created through a dangling symlink then. Without /proc all lookups fail.
 */
void root_bar(struct root *root, const struct texts *hide,
    const struct texts *deny);

/*
 * The same directory again after the mount namespace changed around it
 * (ESTALE: another one lies there), and /proc/self/fd as proc_fd, or -1: there
 * may be no /proc any more, and by ".." the old one leads out. Takes proc_fd.
 */
int root_reopen(struct root *root, const char *path, int proc_fd) must_check;

/*
 * Opens a regular file or directory with open(2)'s flags and, with O_CREAT,
 * mode (the umask applies). Adds O_CLOEXEC, O_NOCTTY and O_NONBLOCK; what is
 * neither a regular file nor a directory is refused with ENXIO, without side
 * effects on devices.
 */
int root_open_file(struct root *root, const struct relpath *path, int flags,
    mode_t mode) must_check;

/*
 * Opens what is pinned, by the flags of root_open_file: the same object,
 * whatever has the path now (ESTALE, where there is no /proc).
 */
int root_open_pinned(struct root *root, int pinned, const struct relpath *path,
    int flags) must_check;

/* Opens a directory for reading (getdents64, fstatat relative to it). */
int root_open_directory(struct root *root,
    const struct relpath *path) must_check;

/* Pins whatever the path names, as O_PATH, without touching it. */
int root_pin(struct root *root, const struct relpath *path,
    enum follow follow) must_check;

int root_stat(struct root *root, const struct relpath *path, enum follow follow,
    struct stat *st) must_check;

/* Unlike mkdir(2) it gives the directory the setgid bit, if mode has it. */
int root_mkdir(struct root *root, const struct relpath *path,
    mode_t mode) must_check;
int root_rmdir(struct root *root, const struct relpath *path) must_check;
int root_unlink(struct root *root, const struct relpath *path) must_check;

/* Replaces what has the new name, or fails with EEXIST (root/move.h). */
int root_rename(struct root *root, const struct relpath *from,
    const struct relpath *to, bool replaces) must_check;

/* A hard link; a symlink is linked itself. */
int root_link(struct root *root, const struct relpath *from,
    const struct relpath *to) must_check;

/* text is stored as it is. */
int root_symlink(struct root *root, const char *text,
    const struct relpath *path) must_check;

/* Fills out (a NUL behind it) and returns the length. EINVAL: no symlink. */
ssize_t root_readlink(struct root *root, const struct relpath *path,
    char out[PATH_MAX]) must_check;

/* mode & 07777. NO_FOLLOW on a symlink: EOPNOTSUPP. */
int root_chmod(struct root *root, const struct relpath *path,
    enum follow follow, mode_t mode) must_check;

/* The same for what is already pinned (O_PATH). */
int root_chmod_pinned(const struct root *root, int fd, mode_t mode) must_check;

/* Gives the setgid bit to a directory that was just made, and is pinned. */
int root_add_setgid(const struct root *root, int fd) must_check;

int root_chown(struct root *root, const struct relpath *path,
    enum follow follow, uid_t uid, gid_t gid) must_check;
int root_utimes(struct root *root, const struct relpath *path,
    enum follow follow, const struct timespec times[2]) must_check;
int root_truncate(struct root *root, const struct relpath *path,
    off_t size) must_check;

/*
 * The canonical path as the client sees it: begins with '/', no symlinks.
 * The last component may be missing (OpenSSH's sftp-server does so; rclone
 * and psftp ask for what they are about to create). Without /proc it is walked
 * name by name. Returns its length.
 */
ssize_t root_realpath(struct root *root, const struct relpath *path,
    char out[PATH_MAX]) must_check;

/*
 * The path, as the client sees it, of an open descriptor; as root_realpath.
 * ENOENT where it does not lie in the root (any more), or was removed.
 */
ssize_t root_path_of(struct root *root, int fd, char out[PATH_MAX]) must_check;

/*
 * The root's own path on this machine, symlinks resolved; as root_readlink.
 * No client may hear it. Needs /proc.
 */
ssize_t root_own_path(const struct root *root, char out[PATH_MAX]) must_check;

#endif
