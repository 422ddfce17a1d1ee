/*
 * Quotas as the kernel keeps them, for a user or a group. A project's quota
 * needs nothing from us: the kernel itself tells the size of such a directory
 * by it (statfs).
 */
#ifndef FILESONLY_ROOT_QUOTA_H
#define FILESONLY_ROOT_QUOTA_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/vfs.h>

#include "base/auto.h"

#define QUOTA_NONE UINT64_MAX

enum quota_kind { QUOTA_USER, QUOTA_GROUP };

/* What may be used, and what is. */
struct quota_share {
	uint64_t limit; /* QUOTA_NONE: any */
	uint64_t used;
};

struct quota {
	struct quota_share bytes, files;
};

/*
 * Asks for a quota on the file system of fd (O_PATH will do). Returns false
 * where there is none, or none that the account may see (Linux before 5.14,
 * file systems of other machines).
 */
bool quota_ask(int fd, enum quota_kind kind, uint32_t id,
    struct quota *quota) must_check;

/* The rest are pure. quota_tighten keeps, of both, what leaves less. */
void quota_tighten(struct quota *quota, const struct quota *other);

/* Tells a file system's size and what is free as the quota has them. */
void quota_apply(const struct quota *quota, struct statfs *fs);

/* What is left: nothing where the limit is passed. */
uint64_t quota_left(const struct quota_share *share);

#endif
