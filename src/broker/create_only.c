/*
 * What stands in a name can be swapped only by other processes: all renames
 * and removals of the program itself wait for us. So each act moves first and
 * proves afterwards; nothing is removed but under a name of our own.
 */
#include "broker/create_only.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/auto.h"

static int
pin(int dir, const char *name)
{
	return openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static int
rename_at(int from_dir, const char *from, int to_dir, const char *to,
    unsigned flags)
{
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

static bool
is_same(int a, int b)
{
	struct stat first, second;

	return fstat(a, &first) == 0 && fstat(b, &second) == 0 &&
	       first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* Does the name still lead to what was pinned? */
static bool
leads_to(int dir, const char *name, int pinned)
{
	auto_fd int now = pin(dir, name);

	return now >= 0 && is_same(now, pinned);
}

static int
refuse(int error)
{
	errno = error;
	return -1;
}

/* Pins a name's object; EPERM where it is not the program's own. */
static int
pin_own(const struct create_only *create_only, int dir, const char *name)
{
	auto_fd int fd = pin(dir, name);

	if (fd < 0)
		return -1;
	return own_is(&create_only->own, fd) ? take_fd(&fd) : refuse(EPERM);
}

/* Puts something back where it was; that it may fail changes no answer. */
static int
undo(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	int error = errno;

	if (rename_at(from_dir, from, to_dir, to, flags) != 0)
		return refuse(error);
	return refuse(error);
}

/* EISDIR and ENOTDIR as the call that was asked for would have them. */
static int
check_kind(int fd, int flags)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	if (S_ISDIR(st.st_mode) == ((flags & AT_REMOVEDIR) != 0))
		return 0;
	return refuse(S_ISDIR(st.st_mode) ? EISDIR : ENOTDIR);
}

/* Removes what was pinned, if the name still leads to it. */
static int
remove_pinned(int dir, const char *name, int pinned, int flags)
{
	char aside[40];
	uint64_t word;

	if (getrandom(&word, sizeof(word), 0) != (ssize_t)sizeof(word))
		return -1;
	snprintf(aside, sizeof(aside), ".filesonly-%016llx",
	    (unsigned long long)word);
	if (rename_at(dir, name, dir, aside, RENAME_NOREPLACE) != 0)
		return -1;
	errno = EPERM;
	if (!leads_to(dir, aside, pinned) ||
	    unlinkat(dir, aside, flags & AT_REMOVEDIR) != 0)
		return undo(dir, aside, dir, name, RENAME_NOREPLACE);
	return 0;
}

int
create_only_remove(const struct create_only *create_only, int dir,
    const char *name, int flags)
{
	auto_fd int fd = pin_own(create_only, dir, name);

	if (fd < 0 || check_kind(fd, flags) != 0)
		return -1;
	return remove_pinned(dir, name, fd, flags);
}

static int
exchange(int from_dir, const char *from, int to_dir, const char *to, int source,
    int target)
{
	if (rename_at(from_dir, from, to_dir, to, RENAME_EXCHANGE) != 0)
		return -1;
	errno = EPERM;
	if (leads_to(to_dir, to, source) && leads_to(from_dir, from, target))
		return 0;
	return undo(from_dir, from, to_dir, to, RENAME_EXCHANGE);
}

/* Onto a name that is taken: what stands there must be own, too. */
static int
replace(const struct create_only *create_only, int from_dir, const char *from,
    int to_dir, const char *to, int source)
{
	auto_fd int target = pin_own(create_only, to_dir, to);
	struct stat st;
	int kind;

	if (target < 0 || fstat(source, &st) != 0)
		return -1;
	if (is_same(source, target))
		return 0; /* two names of one file stay (rename(2)) */
	kind = S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0;
	if (check_kind(target, kind) != 0 ||
	    exchange(from_dir, from, to_dir, to, source, target) != 0)
		return -1;
	if (remove_pinned(from_dir, from, target, kind) != 0)
		return undo(from_dir, from, to_dir, to, RENAME_EXCHANGE);
	return 0;
}

int
create_only_rename(const struct create_only *create_only, int from_dir,
    const char *from, int to_dir, const char *to, unsigned flags)
{
	auto_fd int target = -1;
	auto_fd int source = -1;

	if (flags != 0 && flags != RENAME_NOREPLACE && flags != RENAME_EXCHANGE)
		return refuse(EINVAL);
	source = pin_own(create_only, from_dir, from);
	if (source < 0)
		return -1;
	if (flags == RENAME_EXCHANGE) {
		target = pin_own(create_only, to_dir, to);
		return target < 0 ? -1
				  : exchange(from_dir, from, to_dir, to, source,
					target);
	}
	if (rename_at(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0) {
		errno = EPERM;
		return leads_to(to_dir, to, source)
			   ? 0
			   : undo(to_dir, to, from_dir, from, RENAME_NOREPLACE);
	}
	if (errno != EEXIST || flags == RENAME_NOREPLACE)
		return -1;
	return replace(create_only, from_dir, from, to_dir, to, source);
}
