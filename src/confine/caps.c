/*
 * Capability sets by the raw system calls (libcap would be one more library
 * in every session). Knows which capabilities each kind of work needs; trusts
 * nothing. DAC_READ_SEARCH also opens file handles, by which one leaves a
 * mount namespace: the filter denies open_by_handle_at.
 */
#include "confine/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define BIT(cap) (UINT64_C(1) << (cap))

#define READ_BITS (BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER))
#define WRITE_BITS                                            \
	(READ_BITS | BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | \
	    BIT(CAP_FSETID) | BIT(CAP_LEASE))

// clang-format off
static const uint64_t kept_by[] = {
	[CAPS_NONE] =    0,
	[CAPS_MOUNT] =   BIT(CAP_SYS_ADMIN),
	[CAPS_READ] =    READ_BITS,
	[CAPS_WRITE] =   WRITE_BITS,
	[CAPS_ATTRIBUTES_READ] = READ_BITS | BIT(CAP_SYS_ADMIN),
	[CAPS_ATTRIBUTES] = READ_BITS | BIT(CAP_DAC_OVERRIDE) |
		BIT(CAP_FSETID) | BIT(CAP_SETFCAP) | BIT(CAP_SYS_ADMIN),
	[CAPS_RESTORE] = WRITE_BITS | BIT(CAP_MKNOD) | BIT(CAP_SETFCAP),
};
// clang-format on

/* The bits of one set lie in two words of 32, the low ones first. */
struct sets {
	struct __user_cap_data_struct word[2];
};

/* Drops all capabilities but these from the bounding set. */
static int
bounding_drop(uint64_t keep)
{
	for (unsigned long cap = 0; cap < 64; cap++) {
		if (keep & BIT(cap))
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			/* EINVAL: beyond the kernel's last one */
			return errno == EINVAL ? 0 : -1;
	}
	return 0;
}

int
caps_reduce(enum caps_keep keep)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	uint64_t kept = kept_by[keep];
	struct sets sets;

	if (syscall(SYS_capget, &header, sets.word) != 0)
		return -1;
	if ((sets.word[0].effective & BIT(CAP_SETPCAP)) != 0 &&
	    bounding_drop(kept) != 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		sets.word[i].permitted &= (uint32_t)(kept >> (32 * i));
		sets.word[i].effective = sets.word[i].permitted;
		sets.word[i].inheritable = 0;
	}
	/* Ambient capabilities go with the inheritable ones. */
	if (syscall(SYS_capset, &header, sets.word) != 0)
		return -1;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

bool
caps_may_mount(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct sets sets;

	return syscall(SYS_capget, &header, sets.word) == 0 &&
	       (sets.word[0].effective & BIT(CAP_SYS_ADMIN)) != 0;
}
