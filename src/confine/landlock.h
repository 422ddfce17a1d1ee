/*
 * Landlock: which files this process and its children may reach, enforced by
 * the kernel (landlock(7)). Constants that older headers lack are carried
 * here.
 */
#ifndef FILESONLY_CONFINE_LANDLOCK_H
#define FILESONLY_CONFINE_LANDLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

/* Access rights, in the kernel's order (ABI 1 unless said). */
#define LL_EXECUTE (UINT64_C(1) << 0)
#define LL_WRITE_FILE (UINT64_C(1) << 1)
#define LL_READ_FILE (UINT64_C(1) << 2)
#define LL_READ_DIR (UINT64_C(1) << 3)
#define LL_REMOVE_DIR (UINT64_C(1) << 4)
#define LL_REMOVE_FILE (UINT64_C(1) << 5)
#define LL_MAKE_CHAR (UINT64_C(1) << 6)
#define LL_MAKE_DIR (UINT64_C(1) << 7)
#define LL_MAKE_REG (UINT64_C(1) << 8)
#define LL_MAKE_SOCK (UINT64_C(1) << 9)
#define LL_MAKE_FIFO (UINT64_C(1) << 10)
#define LL_MAKE_BLOCK (UINT64_C(1) << 11)
#define LL_MAKE_SYM (UINT64_C(1) << 12)
#define LL_REFER (UINT64_C(1) << 13)     /* ABI 2, Linux 5.19 */
#define LL_TRUNCATE (UINT64_C(1) << 14)  /* ABI 3, Linux 6.2 */
#define LL_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5, Linux 6.10 */

/*
 * The oldest ABI that is enough for rsync, and the one since which truncate(2)
 * is mediated (below).
 */
#define LANDLOCK_ABI_MIN 2
#define LANDLOCK_ABI_TRUNCATE 3

/* One rule: what may be done at (and, for a directory, beneath) fd. */
struct landlock_rule {
	int fd;          /* borrowed; O_PATH will do */
	uint64_t access; /* LL_ rights; masked by ABI and by the kind of fd */
};

/*
 * The kernel's ABI, 1 and up, or -1 with errno: ENOSYS not built in,
 * EOPNOTSUPP disabled at boot, EPERM hidden by a container's filter. ABI 1
 * has no LL_REFER: nothing can be linked or renamed from one directory to
 * another, which rsync needs (LANDLOCK_ABI_MIN). Below LANDLOCK_ABI_TRUNCATE
 * truncate(2) by path isn't mediated: a filter has to deny it.
 */
int landlock_abi(void) must_check;

/*
 * Restricts this thread and its future children to the rules, for good: every
 * right that the ABI knows is handled, and TCP, abstract unix sockets and
 * signals to others too where it can. abi is what landlock_abi returned; a
 * newer one than we know is used as the newest we know. Needs no_new_privs,
 * which it sets. Rules whose mask is empty are passed over. Returns 0, or -1
 * with errno and nothing restricted.
 */
int landlock_restrict(const struct landlock_rule *rules, size_t count,
    int abi) must_check;

/*
 * A domain of its own for this thread and its children, in which signals to
 * others are denied, so that a program can't end its supervisor; files can be
 * linked and moved in directory only, as before. Below ABI 6 nothing is done.
 * Returns as landlock_restrict.
 */
int landlock_isolate(int directory, int abi) must_check;

#endif
