/*
 * The kernel's own answer first. A name is taken by what fails where it is
 * taken already, so nothing is looked at before and done after.
 */
#include "broker/rename_free.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Takes a free name by something that may be renamed over. */
static int
rename_free_take(int dir, const char *name, bool directory)
{
	auto_fd int fd = -1;

	if (directory)
		return mkdirat(dir, name, 0700);
	fd = openat(dir, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -1 : 0;
}

static int
rename_free_over_taken(int from_dir, const char *from, int to_dir,
    const char *to, bool directory)
{
	int error;

	if (rename_free_take(to_dir, to, directory) != 0)
		return -1;
	if (syscall(SYS_renameat2, from_dir, from, to_dir, to, 0) == 0)
		return 0;
	error = errno;
	/* It is empty still: nobody else may write to it or replace it. */
	if (unlinkat(to_dir, to, directory ? AT_REMOVEDIR : 0) != 0)
		errno = error;
	errno = error;
	return -1;
}

/* Do these errors say that there are no hard links? */
static bool
rename_free_has_no_links(int error)
{
	return error == EPERM || error == EOPNOTSUPP || error == ENOSYS ||
	       error == EMLINK || error == EXDEV || error == EINVAL;
}

int
rename_free(int from_dir, const char *from, int to_dir, const char *to)
{
	struct stat st;

	if (syscall(SYS_renameat2, from_dir, from, to_dir, to,
		RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return -1;
	if (fstatat(from_dir, from, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		return rename_free_over_taken(from_dir, from, to_dir, to, true);
	if (linkat(from_dir, from, to_dir, to, 0) == 0)
		return unlinkat(from_dir, from, 0);
	if (!rename_free_has_no_links(errno))
		return -1;
	return rename_free_over_taken(from_dir, from, to_dir, to, false);
}
