/* Which file a descriptor stands for, and when that was made. */
#ifndef FILESONLY_BASE_BIRTH_H
#define FILESONLY_BASE_BIRTH_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/auto.h"

struct birth {
	uint64_t device, inode;
	uid_t owner;
	struct timespec at;
};

/*
 * Returns 0, or -1 with errno: EOPNOTSUPP where the file system keeps no
 * births.
 */
int birth_of(int fd, struct birth *birth) must_check;

#endif
