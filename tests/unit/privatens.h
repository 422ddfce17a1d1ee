/*
 * A mount namespace of a test child's own, as root or by way of a user
 * namespace, in which it may mount over what it likes; over directories: what
 * is mounted over a file goes away when somebody outside replaces that.
 */
#ifndef FILESONLY_TESTS_UNIT_PRIVATENS_H
#define FILESONLY_TESTS_UNIT_PRIVATENS_H

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "child.h"

/* What such a child returns where a container forbids it. */
enum { PRIVATE_NOT_POSSIBLE = 77 };

static inline int
private_put(const char *path, const char *bytes)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len = (ssize_t)strlen(bytes);
	int result = fd >= 0 && write(fd, bytes, strlen(bytes)) == len ? 0 : -1;

	if (fd >= 0)
		close(fd);
	return result;
}

/* Returns 0, or -1 where it is not possible. */
static inline int
private_mounts(void)
{
	bool is_root = geteuid() == 0;
	char uids[32], gids[32];

	snprintf(uids, sizeof(uids), "0 %u 1", (unsigned)geteuid());
	snprintf(gids, sizeof(gids), "0 %u 1", (unsigned)getegid());
	if (unshare(CLONE_NEWNS | (is_root ? 0 : CLONE_NEWUSER)) != 0)
		return -1;
	if (!is_root && (private_put("/proc/self/uid_map", uids) != 0 ||
			    private_put("/proc/self/setgroups", "deny") != 0 ||
			    private_put("/proc/self/gid_map", gids) != 0))
		return -1;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

#endif
