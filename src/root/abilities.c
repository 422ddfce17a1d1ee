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
/*
 * Births: statx(2) tells true ones; none of them can be set. Leases: only this
 * kernel opens files there. RENAME_NOREPLACE:
 * each version of Linux that we run on has it there (of zfs only newer
 * modules; what FUSE and NFS do, the other side decides).
 */
static const struct file_system_type types[] = {
	/* number, name, births, leases, RENAME_NOREPLACE */
	/* ext2 and ext3, which have its number, tell no births */
	{ 0x0000EF53, "ext4",      true,  true,  true },
	{ 0x58465342, "xfs",       true,  true,  true },
	{ 0x9123683E, "btrfs",     true,  true,  true },
	{ 0xF2F52010, "f2fs",      true,  true,  true },
	{ 0xCA451A4E, "bcachefs",  true,  true,  true },
	{ 0x2FC12FC1, "zfs",       true,  true,  false },
	{ 0x01021994, "tmpfs",     true,  true,  true },
	{ 0x794C7630, "overlayfs", false, true,  true },
	{ 0x65735546, "FUSE",      false, false, false },
	{ 0x00006969, "NFS",       false, false, false },
	{ 0xFF534D42, "CIFS",      false, false, false },
	{ 0xFE534D42, "SMB",       false, false, false },
	{ 0x00C36400, "CephFS",    false, false, false },
};
// clang-format on

const struct file_system_type *
abilities_type(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if ((uint32_t)fs.f_type == types[i].number)
			return &types[i];
	}
	return NULL;
}

uint64_t
abilities_device(const struct statx *st)
{
	return (uint64_t)st->stx_dev_major << 32 | st->stx_dev_minor;
}

static void
abilities_learn(struct file_system *found, uint64_t device, int fd)
{
	const struct file_system_type *type = abilities_type(fd);

	*found = (struct file_system){ .device = device,
		.keeps_births = type != NULL && type->keeps_births,
		.gives_leases = type != NULL && type->gives_leases };
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
