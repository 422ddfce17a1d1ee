/*
 * The kernel's mount calls, by descriptor (Linux 5.2, 5.12), with what takes
 * their place where mount_setattr is missing. Numbers and flags are carried,
 * since libc's and the kernel's headers exclude each other.
 */
#ifndef FILESONLY_CONFINE_MOUNTCALLS_H
#define FILESONLY_CONFINE_MOUNTCALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"

/* struct mount_attr's bits; those of mount(2) have the same values. */
#define MOUNTCALLS_RDONLY UINT64_C(0x01)
#define MOUNTCALLS_NOSUID UINT64_C(0x02)
#define MOUNTCALLS_NODEV UINT64_C(0x04)
#define MOUNTCALLS_NOEXEC UINT64_C(0x08)

/*
 * A detached copy of the mount at path, from there down, with all mounts
 * below it if recursive. Returns a descriptor, or -1 with errno.
 */
int mountcalls_clone(const char *path, bool recursive) must_check;

/*
 * A new tmpfs, detached: nosuid, nodev, noexec, mode 755, of size bytes at
 * most (text: "64k"). Returns a descriptor, or -1 with errno.
 */
int mountcalls_tmpfs(const char *size) must_check;

/*
 * A new procfs, detached, that shows the processes of this PID namespace which
 * the reader may trace, and nothing else of the kernel (Linux 5.8). It is read
 * only: through /proc/self/mem a program could make code of what it was sent,
 * past the filter. Returns a descriptor, or -1 with errno.
 */
int mountcalls_proc(void) must_check;

/* Attaches what the three above returned. Returns 0, or -1 with errno. */
int mountcalls_attach(int fd, const char *path) must_check;

/*
 * Adds flags (MOUNTCALLS_) to the mount at path, and to those below it if
 * recursive; takes none away. Returns 0, or -1 with errno.
 */
int mountcalls_restrict(const char *path, uint64_t flags,
    bool recursive) must_check;

#endif
