/*
 * Extended attributes that a program's namespace keeps from it: a small process
 * that stays outside carries such calls out, on descriptors that the broker has
 * pinned and proved to lie in the root.
 *
 * For root that is trusted.* and Samba's security.NTACL, which take
 * CAP_SYS_ADMIN, and this process alone keeps that. For an account in a user
 * namespace it is ACLs: their entries are ids, which only outside mean what
 * they say.
 */
#ifndef FILESONLY_BROKER_ATTRIBUTE_PROCESS_H
#define FILESONLY_BROKER_ATTRIBUTE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"

enum {
	ATTRIBUTES_NAME_BYTES = 256,        /* XATTR_NAME_MAX and a NUL */
	ATTRIBUTES_VALUE_BYTES = 64 * 1024, /* XATTR_SIZE_MAX */
};

struct attributes {
	int socket; /* owned; -1: there is no such process */
};

/*
 * Starts the process: before any wall. may_change: else it sets and removes
 * none. Returns 0, or -1 with errno; attributes_end ends it in any case.
 */
int attributes_start(struct attributes *attributes, bool may_change) must_check;
void attributes_end(struct attributes *attributes);

/*
 * As fgetxattr, flistxattr, fsetxattr and fremovexattr, but fd may be O_PATH,
 * a symlink's too. EPERM for names that are not to be set: security.* but
 * capabilities and Samba's. EIO where the process is gone.
 */
ssize_t attributes_get(const struct attributes *attributes, int fd,
    const char *name, void *value, size_t size) must_check;
ssize_t attributes_list(const struct attributes *attributes, int fd, void *list,
    size_t size) must_check;
int attributes_set(const struct attributes *attributes, int fd,
    const char *name, const void *value, size_t size, int flags) must_check;
int attributes_remove(const struct attributes *attributes, int fd,
    const char *name) must_check;

#endif
