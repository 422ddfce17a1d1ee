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
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/auto.h"
#include "root/move.h"
#include "root/private_names.h"

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

static int
create_only_pin(int dir, const char *name)
{
	return openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static int
create_only_rename_at(int from_dir, const char *from, int to_dir,
    const char *to, unsigned flags)
{
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

static bool
create_only_is_same(int a, int b)
{
	struct stat first, second;

	return fstat(a, &first) == 0 && fstat(b, &second) == 0 &&
	       first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* Does the name still lead to what was pinned, whose number is taken so? */
static bool
create_only_leads_to(int dir, const char *name, int pinned)
{
	struct stat there, judged;

	return fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(pinned, &judged) == 0 && there.st_dev == judged.st_dev &&
	       there.st_ino == judged.st_ino;
}

static int
create_only_refuse(int error)
{
	errno = error;
	return -1;
}

/* Pins a name's object; EPERM where it is not the program's own. */
static int
create_only_pin_own(const struct create_only *create_only, int dir,
    const char *name)
{
	auto_fd int fd = create_only_pin(dir, name);

	if (fd < 0)
		return -1;
	return own_is(&create_only->own, fd) ? take_fd(&fd)
					     : create_only_refuse(EPERM);
}

/* Puts something back where it was; that it may fail changes no answer. */
static int
create_only_undo(const struct create_only *create_only, int from_dir,
    const char *from, int to_dir, const char *to)
{
	int error = errno;

	if (move_to_free(create_only->own.root, from_dir, from, to_dir, to) !=
	    0)
		return create_only_refuse(error);
	return create_only_refuse(error);
}

/* EISDIR and ENOTDIR as the call that was asked for would have them. */
static int
create_only_check_kind(int fd, int flags)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	if (S_ISDIR(st.st_mode) == ((flags & AT_REMOVEDIR) != 0))
		return 0;
	return create_only_refuse(S_ISDIR(st.st_mode) ? EISDIR : ENOTDIR);
}

/* Is the pinned object gone once a name of it is? */
static bool
create_only_has_one_name(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISDIR(st.st_mode) || st.st_nlink <= 1);
}

/*
 * Removes what was pinned, if the name still leads to it. What is gone is
 * forgotten: its number may become another's.
 */
static int
create_only_remove_pinned(struct create_only *create_only, int dir,
    const char *name, int pinned, int flags)
{
	char aside[PRIVATE_BYTES];
	bool is_last;

	if (private_name(aside, PRIVATE_REMOVED) != 0 ||
	    move_to_free(create_only->own.root, dir, name, dir, aside) != 0)
		return -1;
	is_last = create_only_has_one_name(pinned);
	errno = EPERM;
	if (!create_only_leads_to(dir, aside, pinned) ||
	    unlinkat(dir, aside, flags & AT_REMOVEDIR) != 0)
		return create_only_undo(create_only, dir, aside, dir, name);
	if (is_last)
		fileset_drop(&create_only->own.made, pinned);
	return 0;
}

int
create_only_remove(struct create_only *create_only, int dir, const char *name,
    int flags)
{
	auto_fd int fd = create_only_pin_own(create_only, dir, name);

	if (fd < 0 || create_only_check_kind(fd, flags) != 0)
		return -1;
	return create_only_remove_pinned(create_only, dir, name, fd, flags);
}

static int
create_only_exchange(int from_dir, const char *from, int to_dir, const char *to,
    int source, int target)
{
	int error;

	if (create_only_rename_at(from_dir, from, to_dir, to,
		RENAME_EXCHANGE) != 0)
		return -1;
	if (create_only_leads_to(to_dir, to, source) &&
	    create_only_leads_to(from_dir, from, target))
		return 0;
	error =
	    create_only_rename_at(from_dir, from, to_dir, to, RENAME_EXCHANGE);
	return create_only_refuse(error != 0 ? errno : EPERM);
}

/*
 * Where names can't be exchanged: what the name leads to is judged, then
 * replaced. Only a session that may replace it itself could come between.
 */
static int
create_only_replace_at_once(int from_dir, const char *from, int to_dir,
    const char *to, int source, int target)
{
	if (!create_only_leads_to(to_dir, to, target))
		return create_only_refuse(EPERM);
	if (create_only_rename_at(from_dir, from, to_dir, to, 0) != 0)
		return -1;
	return create_only_leads_to(to_dir, to, source)
		   ? 0
		   : create_only_refuse(EPERM);
}

/* Onto a name that is taken: what stands there must be own, too. */
static int
create_only_replace(struct create_only *create_only, int from_dir,
    const char *from, int to_dir, const char *to, int source)
{
	auto_fd int target = create_only_pin_own(create_only, to_dir, to);
	struct stat st;
	int kind, error;

	if (target < 0 || fstat(source, &st) != 0)
		return -1;
	if (create_only_is_same(source, target))
		return 0; /* two names of one file stay (rename(2)) */
	kind = S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0;
	if (create_only_check_kind(target, kind) != 0)
		return -1;
	if (create_only_exchange(from_dir, from, to_dir, to, source, target) !=
	    0)
		return errno == EINVAL ? create_only_replace_at_once(from_dir,
					     from, to_dir, to, source, target)
				       : -1;
	if (create_only_remove_pinned(create_only, from_dir, from, target,
		kind) == 0)
		return 0;
	error = errno;
	if (create_only_exchange(from_dir, from, to_dir, to, target, source) !=
	    0)
		return create_only_refuse(error);
	return create_only_refuse(error);
}

int
create_only_rename(struct create_only *create_only, int from_dir,
    const char *from, int to_dir, const char *to, unsigned flags)
{
	auto_fd int target = -1;
	auto_fd int source = -1;

	if (flags != 0 && flags != RENAME_NOREPLACE && flags != RENAME_EXCHANGE)
		return create_only_refuse(EINVAL);
	source = create_only_pin_own(create_only, from_dir, from);
	if (source < 0)
		return -1;
	if (flags == RENAME_EXCHANGE) {
		target = create_only_pin_own(create_only, to_dir, to);
		return target < 0 ? -1
				  : create_only_exchange(from_dir, from, to_dir,
					to, source, target);
	}
	if (move_to_free(create_only->own.root, from_dir, from, to_dir, to) ==
	    0) {
		errno = EPERM;
		return create_only_leads_to(to_dir, to, source)
			   ? 0
			   : create_only_undo(create_only, to_dir, to, from_dir,
				 from);
	}
	if (errno != EEXIST || flags == RENAME_NOREPLACE)
		return -1;
	return create_only_replace(create_only, from_dir, from, to_dir, to,
	    source);
}
