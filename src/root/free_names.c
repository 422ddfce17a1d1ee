/*
 * Pins what leaves or enters. Trusts that below a free directory any name may
 * get another object at any time.
 */
#include "root/free_names.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "root/lookup.h"
#include "root/move.h"
#include "root/own.h"
#include "root/root.h"

enum free_sides
free_names_sides(const struct own *own, int from, const char *from_name, int to,
    const char *to_name)
{
	bool is_free = free_dirs_have_name(&own->free, from, from_name);
	bool will_be = free_dirs_have_name(&own->free, to, to_name);

	if (is_free)
		return will_be ? SIDES_FREE : SIDES_LEAVES;
	return will_be ? SIDES_ENTERS : SIDES_OUTSIDE;
}

static int
free_refuse(int error)
{
	errno = error;
	return -1;
}

static int
free_pin(int directory, const char *name)
{
	return root_walk_in(directory, name, O_PATH | O_NOFOLLOW, 0);
}

/* Between the pin and unlinkat another object may take the name, and go instead
 * of the pinned one: own_forget looks whether that one has names left. */
int
free_names_remove(struct own *own, int directory, const char *name, int flags)
{
	auto_fd int pinned = free_pin(directory, name);

	if (pinned < 0 || unlinkat(directory, name, flags) != 0)
		return -1;
	own_forget(own, pinned);
	return 0;
}

static int
free_move(struct own *own, int from, const char *from_name, int to,
    const char *to_name, bool replaces)
{
	auto_fd int replaced = -1;

	if (!replaces)
		return move_to_free(own->root, from, from_name, to, to_name);
	replaced = free_pin(to, to_name);
	if (move_over(from, from_name, to, to_name) != 0)
		return -1;
	if (replaced >= 0)
		own_forget(own, replaced);
	return 0;
}

/*
 * Opens a file so that nobody has it open for writing, nor can open it so, nor
 * hold it (free_dirs_hold) as long as this descriptor is open. SIGURG, which
 * nobody minds, says that somebody wanted to write.
 */
static int
free_hold_still(const struct root *root, int pinned)
{
	auto_fd int fd = -1;
	char number[16];

	snprintf(number, sizeof(number), "%d", pinned);
	if (root->proc_fd < 0)
		return free_refuse(EPERM);
	fd = root_walk_proc(root, number, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fcntl(fd, F_SETSIG, SIGURG) != 0)
		return free_refuse(EPERM);
	if (fcntl(fd, F_SETLEASE, F_RDLCK) != 0 ||
	    flock(fd, LOCK_EX | LOCK_NB) != 0)
		return free_refuse(errno == EAGAIN ? EBUSY : EPERM);
	return take_fd(&fd);
}

static int
free_leave(struct own *own, int from, const char *from_name, int to,
    const char *to_name)
{
	auto_fd int pinned = free_pin(from, from_name);
	auto_fd int lease = -1;
	struct stat st;

	if (pinned < 0 || fstat(pinned, &st) != 0)
		return -1;
	if (!S_ISREG(st.st_mode))
		return free_refuse(EPERM);
	lease = free_hold_still(own->root, pinned);
	if (lease < 0)
		return -1;
	return move_pinned(own->root, pinned, from, from_name, to, to_name);
}

int
free_names_rename(struct own *own, enum free_sides sides, int from,
    const char *from_name, int to, const char *to_name, bool replaces)
{
	switch (sides) {
	case SIDES_FREE:
		return free_move(own, from, from_name, to, to_name, replaces);
	case SIDES_LEAVES:
		return free_leave(own, from, from_name, to, to_name);
	case SIDES_ENTERS:
	case SIDES_OUTSIDE:
		break;
	}
	return free_refuse(EPERM);
}

int
free_names_link(struct own *own, int from, const char *from_name, int to,
    const char *to_name)
{
	auto_fd int pinned = free_pin(from, from_name);
	auto_fd int held = -1;

	if (pinned < 0 || free_dirs_hold(own->root, pinned, &held) != 0)
		return -1;
	if (!free_dirs_lead_to(&own->free, own->root, pinned))
		return free_refuse(EPERM);
	return move_link(own->root, pinned, to, to_name);
}

int
free_names_swap(struct own *own, enum free_sides sides, int from,
    const char *from_name, int to, const char *to_name)
{
	return sides == SIDES_FREE
		   ? move_exchange(own->root, from, from_name, to, to_name)
		   : free_refuse(EPERM);
}
