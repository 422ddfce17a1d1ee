/*
 * The table of types. Trusts statfs(2): nobody but the machine's administrator
 * mounts anything here.
 */
#include "root/abilities.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/vfs.h>

// clang-format off
/* Of these statx(2) tells true births; none of them can be set. */
static const uint32_t births[] = {
	0x0000EF53, /* ext4; ext2 and ext3 tell no births */
	0x58465342, /* xfs */
	0x9123683E, /* btrfs */
	0xF2F52010, /* f2fs */
	0xCA451A4E, /* bcachefs */
	0x2FC12FC1, /* zfs */
	0x01021994, /* tmpfs */
};
// clang-format on

uint64_t
abilities_device(const struct statx *st)
{
	return (uint64_t)st->stx_dev_major << 32 | st->stx_dev_minor;
}

static void
abilities_learn(struct file_system *found, uint64_t device, int fd)
{
	struct statfs fs;

	*found = (struct file_system){ .device = device };
	if (fstatfs(fd, &fs) != 0)
		return;
	for (size_t i = 0; i < sizeof(births) / sizeof(births[0]); i++) {
		if ((uint32_t)fs.f_type == births[i])
			found->keeps_births = true;
	}
}

struct file_system *
abilities_on(struct abilities *abilities, uint64_t device, int fd)
{
	struct file_system *found;

	for (int i = 0; i < ABILITIES_MAX; i++) {
		found = &abilities->at[i];
		if (found->device == device)
			return found;
	}
	found = &abilities->at[abilities->next];
	abilities->next = (abilities->next + 1) % ABILITIES_MAX;
	abilities_learn(found, device, fd);
	return found;
}

struct file_system *
abilities_of(struct abilities *abilities, int fd)
{
	struct statx st;

	/* The device is known without asking a server. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &st) != 0)
		st = (struct statx){ 0 };
	return abilities_on(abilities, abilities_device(&st), fd);
}
