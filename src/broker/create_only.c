/*
 * Trusts no number that the program names: a descriptor may be another file's
 * by now. How names are changed, root/own_names.c knows.
 */
#include "broker/create_only.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "root/own_names.h"

void
create_only_hand_over(struct create_only *create_only, pid_t pid, int number)
{
	struct create_only_handed *handed = create_only->handed;

	for (size_t i = 0; i < CREATE_ONLY_HANDED; i++) {
		if (handed[i].pid == pid && handed[i].number == number)
			return;
	}
	handed[create_only->next_handed] =
	    (struct create_only_handed){ pid, number };
	create_only->next_handed =
	    (create_only->next_handed + 1) % CREATE_ONLY_HANDED;
}

/* The link of a descriptor shows how it was opened. */
static bool
create_only_is_writable(int proc, const char *path)
{
	struct stat st;

	return fstatat(proc, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (st.st_mode & S_IWUSR) != 0;
}

/*
 * The number may be another file's by now, or another process's: but only
 * what the program has made, and what is its own yet, can gain by this.
 */
void
create_only_renew(struct create_only *create_only, int proc)
{
	for (size_t i = 0; i < CREATE_ONLY_HANDED; i++) {
		const struct create_only_handed *handed =
		    &create_only->handed[i];
		auto_fd int fd = -1;
		char path[48];

		snprintf(path, sizeof(path), "%d/fd/%d", (int)handed->pid,
		    handed->number);
		if (handed->pid == 0 || !create_only_is_writable(proc, path))
			continue;
		fd = openat(proc, path, O_PATH | O_CLOEXEC);
		if (fd >= 0 && fileset_has(&create_only->own.made, fd,
				   fileset_now(), create_only->own.window))
			own_add(&create_only->own, fd);
	}
}

int
create_only_rename(struct create_only *create_only, int from_dir,
    const char *from, int to_dir, const char *to, unsigned flags)
{
	struct own *own = &create_only->own;

	switch (flags) {
	case 0:
		return own_replace_at(own, from_dir, from, to_dir, to);
	case RENAME_NOREPLACE:
		return own_rename_at(own, from_dir, from, to_dir, to);
	case RENAME_EXCHANGE:
		return own_swap_at(own, from_dir, from, to_dir, to);
	default:
		errno = EINVAL;
		return -1;
	}
}

int
create_only_remove(struct create_only *create_only, int dir, const char *name,
    int flags)
{
	struct own *own = &create_only->own;

	return (flags & AT_REMOVEDIR) != 0 ? own_rmdir_at(own, dir, name)
					   : own_unlink_at(own, dir, name);
}
