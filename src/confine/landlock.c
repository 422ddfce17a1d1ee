/*
 * Landlock by its three system calls. Knows which right came with which ABI
 * and which rights a rule on a plain file may carry; trusts nothing but the
 * kernel's answers. What the ABI knows is handled, so that what no rule
 * grants is denied.
 */
#include "confine/landlock.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* The numbers are the same on every architecture (Linux 5.13). */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum {
	GET_ABI = 1,      /* LANDLOCK_CREATE_RULESET_VERSION */
	PATH_BENEATH = 1, /* LANDLOCK_RULE_PATH_BENEATH */
};

/* BIND_TCP and CONNECT_TCP; abstract unix sockets and signals. */
#define NET_ALL UINT64_C(3)
#define SCOPED_SIGNAL UINT64_C(2)
#define SCOPED_ALL UINT64_C(3)

/* The only rights that the kernel takes for what is not a directory. */
#define FILE_RIGHTS \
	(LL_EXECUTE | LL_WRITE_FILE | LL_READ_FILE | LL_TRUNCATE | LL_IOCTL_DEV)

/* linux/landlock.h, with the members that Debian 12's lacks. */
struct ruleset_attr {
	uint64_t fs;     /* ABI 1 */
	uint64_t net;    /* ABI 4 */
	uint64_t scoped; /* ABI 6 */
};

struct path_beneath {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

/* All that a ruleset of this ABI can handle, and how long its attr is. */
static size_t
handled_by(int abi, struct ruleset_attr *attr)
{
	*attr = (struct ruleset_attr){ .fs = LL_REFER - 1 };
	if (abi >= 2)
		attr->fs |= LL_REFER;
	if (abi >= 3)
		attr->fs |= LL_TRUNCATE;
	if (abi >= 5)
		attr->fs |= LL_IOCTL_DEV;
	if (abi < 4)
		return offsetof(struct ruleset_attr, net);
	attr->net = NET_ALL;
	if (abi < 6)
		return offsetof(struct ruleset_attr, scoped);
	attr->scoped = SCOPED_ALL;
	return sizeof(*attr);
}

static int
add_rule(int ruleset, const struct landlock_rule *rule, uint64_t handled)
{
	struct path_beneath path = { rule->access & handled, rule->fd };
	struct stat st;

	if (fstat(rule->fd, &st) != 0)
		return -1;
	if (!S_ISDIR(st.st_mode))
		path.access &= FILE_RIGHTS;
	if (path.access == 0)
		return 0;
	return (
	    int)syscall(SYS_landlock_add_rule, ruleset, PATH_BENEATH, &path, 0);
}

static int
restrict_self(int ruleset)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}

int
landlock_abi(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, GET_ABI);
}

int
landlock_restrict(const struct landlock_rule *rules, size_t count, int abi)
{
	struct ruleset_attr attr;
	size_t size = handled_by(abi, &attr);
	auto_fd int ruleset = -1;

	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (ruleset < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (add_rule(ruleset, &rules[i], attr.fs) != 0)
			return -1;
	return restrict_self(ruleset);
}

int
landlock_isolate(int directory, int abi)
{
	/* A ruleset that doesn't handle REFER denies it (landlock(7)). */
	const struct landlock_rule rule = { directory, LL_REFER };
	const struct ruleset_attr attr = { .fs = LL_REFER,
		.scoped = SCOPED_SIGNAL };
	auto_fd int ruleset = -1;

	if (abi < 6)
		return 0;
	ruleset =
	    (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0 || add_rule(ruleset, &rule, LL_REFER) != 0)
		return -1;
	return restrict_self(ruleset);
}
