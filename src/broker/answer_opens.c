/*
 * Notified opens: of the log, of a directory above the root, of what does not
 * exist in create-only, of anything where devices are restored. All else is
 * the kernel's to open, behind the program's own walls.
 */
#include "broker/answer_opens.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "broker/act.h"
#include "broker/ancestors.h"
#include "broker/answers.h"
#include "broker/broker.h"
#include "broker/create_only.h"

#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1) /* Linux 5.14 */
#endif

/*
 * Is it the log that is opened? Where the program's memory can't be read, it
 * is the first that the program opens so.
 */
static bool
broker_is_log(struct broker *broker, const struct act *act)
{
	char path[64];

	if (broker->log == NULL ||
	    (act->args[act->row->flags] & (O_CREAT | O_EXCL)) != O_CREAT)
		return false;
	if (tracee_text(&act->tracee, act->args[act->row->path], path,
		sizeof(path), ENAMETOOLONG) == 0)
		return strcmp(path, broker->log) == 0;
	return !broker->log_given && act->tracee.pid == broker->launcher;
}

/*
 * Makes a descriptor of ours the caller's, as if its call had opened it, and
 * answers the call with it. Returns its number there, or -1 with errno: then
 * it is not answered.
 */
static int
broker_hand_over(struct broker *broker, int fd, bool close_on_exec)
{
	struct seccomp_notif_addfd add = { .id = broker->request->id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = (uint32_t)fd,
		.newfd_flags = close_on_exec ? O_CLOEXEC : 0 };
	int number =
	    (int)broker_ask_listener(broker, SECCOMP_IOCTL_NOTIF_ADDFD, &add);

	if (number < 0 && errno == EINVAL) {
		/* Before Linux 5.14 the answer is a step of its own. */
		add.flags = 0;
		number = (int)broker_ask_listener(broker,
		    SECCOMP_IOCTL_NOTIF_ADDFD, &add);
		broker->response->val = number;
		if (number >= 0 &&
		    broker_ask_listener(broker, SECCOMP_IOCTL_NOTIF_SEND,
			broker->response) != 0)
			return -1;
	}
	broker->answered = number >= 0;
	return number;
}

static void
broker_answer_log(struct broker *broker)
{
	if (broker_hand_over(broker, broker->log_fd, false) < 0)
		broker->response->error = -errno;
	else
		broker->log_given = true;
}

/* What a program that may restore devices opens. */
static void
broker_answer_guarded(struct broker *broker, struct act *act)
{
	int flags = (int)act->args[act->row->flags];
	bool close_on_exec = (flags & O_CLOEXEC) != 0;
	auto_fd int fd = -1;

	/* O_PATH opens no device, and can't be handed over: the program may
	 * make this call itself. */
	if ((flags & O_PATH) != 0) {
		broker->response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		return;
	}
	fd = act_open_guarded(act);
	if (fd < 0 || broker_hand_over(broker, fd, close_on_exec) < 0)
		broker->response->error = -errno;
}

/* Creates what is to be opened, or opens what is free. */
static void
broker_answer_creation(struct broker *broker, struct act *act)
{
	auto_fd int fd = act_open(act);
	int number;

	if (fd < 0) {
		broker->response->error = -errno;
		return;
	}
	number = broker_hand_over(broker, fd,
	    (act->args[act->row->flags] & O_CLOEXEC) != 0);
	if (number < 0) {
		broker->response->val = 0;
		broker->response->error = -errno;
	}
	/* act->made names a new file; an existing one is not own. */
	if (act->made.parent >= 0 && number >= 0)
		create_only_hand_over(broker->create_only, act->tracee.pid,
		    number);
	else if (act->made.parent >= 0)
		act_open_undo(act);
}

/*
 * Is it a directory above the root, opened to go on from there? The caller has
 * that open, under the number that is returned; else -1.
 */
static int
broker_ancestor(const struct broker *broker, const struct act *act)
{
	const struct act_row *row = act->row;
	int flags = (int)act->args[row->flags];
	int dir = row->dir < 0 ? AT_FDCWD : (int)act->args[row->dir];
	auto_fd int fd = -1;

	if (broker->ancestors == NULL || !ancestors_are_wanted(flags))
		return -1;
	fd = tracee_pin(&act->tracee, dir, act->args[row->path],
	    (flags & O_NOFOLLOW) != 0 ? AT_SYMLINK_NOFOLLOW : 0);
	return fd < 0 ? -1 : ancestors_number(broker->ancestors, fd);
}

void
broker_answer_open(struct broker *broker)
{
	struct act act = broker_begin(broker);
	int flags = (int)act.args[act.row->flags];
	int ancestor = broker_ancestor(broker, &act);

	if (ancestor >= 0)
		broker->response->val = ancestor;
	else if (broker_is_log(broker, &act))
		broker_answer_log(broker);
	else if (broker->create_only != NULL && !ancestors_are_wanted(flags))
		broker_answer_creation(broker, &act);
	else if (broker->restores)
		broker_answer_guarded(broker, &act);
	else /* Landlock decides, as of every other open */
		broker->response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	broker_end(&act);
}
