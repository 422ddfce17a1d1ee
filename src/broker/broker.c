/*
 * The broker: each notified call is carried out by the act that the table has
 * for it (act_table.c). What a call names is pinned before it is checked, and
 * no call is let through but the first execve. What is not in the table is
 * refused.
 */
#include "broker/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "base/xalloc.h"
#include "broker/act.h"
#include "broker/ancestors.h"
#include "broker/answer_looks.h"
#include "broker/answer_opens.h"
#include "broker/answers.h"
#include "broker/create_only.h"
#include "broker/program_signals.h"
#include "root/root.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS /* Linux 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS _IOW('!', 4, uint64_t)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1UL
#endif

/* Pins what the call means. utimensat without a path is futimens. */
static int
broker_pin(const struct act *act)
{
	const struct act_row *row = act->row;
	int dir = row->dir < 0 ? AT_FDCWD : (int)act->args[row->dir];
	int flags = row->flags < 0 ? row->fixed : (int)act->args[row->flags];

	if (row->path < 0)
		return tracee_pin_open(&act->tracee, dir);
	if (row->number == SYS_utimensat && act->args[row->path] == 0 &&
	    dir != AT_FDCWD && flags == 0)
		return tracee_pin_open(&act->tracee, dir);
	return tracee_pin(&act->tracee, dir, act->args[row->path], flags);
}

/* Metadata of what is not own stays, and the call succeeds (policy/mode.h). */
static bool
broker_is_kept(struct act *act)
{
	if (act->create_only == NULL ||
	    own_hold(&act->create_only->own, act->fd, &act->held) == 0)
		return false;
	act->create_only->kept++;
	return true;
}

/* Returns 0, or -1 with the errno that the caller is to get. */
static int
broker_carry_out(struct act *act)
{
	const struct act_row *row = act->row;

	if (row == NULL ||
	    (row->kind == ACT_NAMES && act->create_only == NULL &&
		!(act->restores && row->run == act_mknod)) ||
	    (row->kind == ACT_READS && act->attributes == NULL)) {
		errno = ENOSYS;
		return -1;
	}
	if (row->kind == ACT_NAMES)
		return row->run(act);
	act->fd = broker_pin(act);
	if (act->fd < 0 || (row->take != NULL && row->take(act) != 0))
		return -1;
	if (act_is_made(act, act->fd))
		return tracee_check(&act->tracee) == 0 ? row->run(act) : -1;
	if (act_prove(act, act->fd) != 0)
		return -1;
	return row->kind == ACT_SETS && broker_is_kept(act) ? 0 : row->run(act);
}

static void
broker_answer_act(struct broker *broker)
{
	struct act act = broker_begin(broker);

	if (broker_carry_out(&act) == 0)
		broker->response->val = act.result;
	else
		broker->response->error = -errno;
	broker_end(&act);
}

static bool
broker_is_open(int number)
{
#ifdef SYS_open
	if (number == SYS_open)
		return true;
#endif
	return number == SYS_openat;
}

static bool
broker_is_look(int number)
{
	const struct act_row *row = act_row_of(number);

	return row != NULL && row->kind == ACT_LOOKS;
}

/* The numbers of ancestors stay open; what else has such a number is closed. */
static void
broker_answer_close(struct broker *broker)
{
	unsigned number = (unsigned)broker->request->data.args[0];

	if (broker->ancestors == NULL ||
	    number - ANCESTORS_FIRST >= broker->ancestors->count)
		broker->response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
}

/* Who creates for the program has its umask. */
static void
broker_answer_umask(struct broker *broker)
{
	broker->response->val =
	    umask((mode_t)broker->request->data.args[0] & 0777);
}

/* The launcher's own execve, and none after it. */
static void
broker_answer_exec(struct broker *broker)
{
	bool launcher = (pid_t)broker->request->pid == broker->launcher;

	if (!launcher || broker->exec_done) {
		broker->response->error = -EPERM;
		return;
	}
	broker->exec_done = true;
	broker->response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
}

/*
 * The arguments of kill are numbers: those that the kernel has seen are those
 * that it would act on. 0 is the program's own group, which it can't leave.
 */
static void
broker_answer_kill(struct broker *broker)
{
	const struct seccomp_data *data = &broker->request->data;
	pid_t target = (pid_t)data->args[0];

	if (!broker->signals || target == 0)
		broker->response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else if (program_signals_send(broker->launcher, target,
		     (int)data->args[1]) != 0)
		broker->response->error = -errno;
}

int
broker_open(struct broker *broker, const struct broker_parts *parts)
{
	struct seccomp_notif_sizes sizes;
	int listener = parts->listener;

	*broker = (struct broker){ .listener = listener,
		.proc = parts->proc,
		.root = parts->root,
		.create_only = parts->create_only,
		.attributes = parts->attributes,
		.restores = parts->restores,
		.ancestors = parts->ancestors,
		.launcher = parts->launcher,
		.signals = parts->signals,
		.log = parts->log,
		.log_fd = parts->log_fd };
	if (listener < 0)
		return 0;
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0)
		return -1;
	/* A kernel's may be smaller than ours, or larger. */
	broker->request_size = sizes.seccomp_notif + sizeof(*broker->request);
	broker->request = xcalloc(1, broker->request_size);
	broker->response =
	    xcalloc(1, sizes.seccomp_notif_resp + sizeof(*broker->response));
	/* A call costs a sixth with it; a kernel without it does as well. */
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
		SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP) != 0)
		return 0;
	return 0;
}

bool
broker_can_read(const struct broker *broker)
{
	static const char probe = 'p';
	char byte;
	struct iovec to = { &byte, 1 };
	/* Before its execve it has what we have, at the same place. */
	struct iovec from = { (void *)(uintptr_t)&probe, 1 };

	return process_vm_readv(broker->launcher, &to, 1, &from, 1, 0) == 1;
}

void
broker_close(struct broker *broker)
{
	auto_close_fd(&broker->listener);
	pidfds_close(&broker->pidfds);
	auto_free_memory(&broker->request);
	auto_free_memory(&broker->response);
}

void
broker_serve(struct broker *broker)
{
	struct seccomp_notif_resp *response = broker->response;

	/* The kernel wants it zeroed. */
	memset(broker->request, 0, broker->request_size);
	if (broker_ask_listener(broker, SECCOMP_IOCTL_NOTIF_RECV,
		broker->request) != 0)
		return;
	*response = (struct seccomp_notif_resp){ .id = broker->request->id };
	broker->answered = false;
	if (broker->request->data.nr == SYS_execve)
		broker_answer_exec(broker);
	else if (broker->request->data.nr == SYS_umask)
		broker_answer_umask(broker);
	else if (broker->request->data.nr == SYS_kill)
		broker_answer_kill(broker);
	else if (broker->request->data.nr == SYS_close)
		broker_answer_close(broker);
	else if (broker_is_open(broker->request->data.nr))
		broker_answer_open(broker);
	else if (broker_is_look(broker->request->data.nr))
		broker_answer_look(broker);
	else
		broker_answer_act(broker);
	/* ENOENT: the caller has died. */
	if (!broker->answered && broker_ask_listener(broker,
				     SECCOMP_IOCTL_NOTIF_SEND, response) != 0)
		return;
}
