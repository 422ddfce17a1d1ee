/*
 * The broker: which notified call is carried out by which act, on what. What
 * a call names is pinned before it is checked, and no call is let through but
 * the first execve. What is not in the table is refused.
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
#include "broker/create_only.h"
#include "root/root.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS /* Linux 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS _IOW('!', 4, uint64_t)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1UL
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452 /* Linux 6.6, the same on every architecture */
#endif

#define NOFOLLOW AT_SYMLINK_NOFOLLOW

// clang-format off
static const struct act_row rows[] = {
	/* number          act                    dir path what flags fixed by name */
#ifdef SYS_chmod /* not on newer architectures, nor those like it below */
	{ SYS_chmod,        act_set_mode,         -1,  0, 1, -1, 0, false },
	{ SYS_chown,        act_set_owner,        -1,  0, 1, -1, 0, false },
	{ SYS_lchown,       act_set_owner,        -1,  0, 1, -1, NOFOLLOW, false },
	{ SYS_utimes,       act_set_times_coarse, -1,  0, 1, -1, 0, false },
	{ SYS_futimesat,    act_set_times_coarse,  0,  1, 2, -1, 0, false },
	{ SYS_rename,       act_rename,           -1,  0, 1, -1, 0, true },
	{ SYS_unlink,       act_remove,           -1,  0, 1, -1, 0, true },
	{ SYS_rmdir,        act_rmdir,            -1,  0, 1, -1, 0, true },
#endif
#ifdef SYS_renameat
	{ SYS_renameat,     act_rename,            0,  1, 2, -1, 0, true },
#endif
	{ SYS_renameat2,    act_rename,            0,  1, 2,  4, 0, true },
	{ SYS_unlinkat,     act_remove,            0,  1, 2,  2, 0, true },
	{ SYS_fchmodat,     act_set_mode,          0,  1, 2, -1, 0, false },
	{ SYS_fchmodat2,    act_set_mode,          0,  1, 2,  3, 0, false },
	{ SYS_fchownat,     act_set_owner,         0,  1, 2,  4, 0, false },
	{ SYS_utimensat,    act_set_times,         0,  1, 2,  3, 0, false },
	{ SYS_setxattr,     act_set_attribute,    -1,  0, 1, -1, 0, false },
	{ SYS_lsetxattr,    act_set_attribute,    -1,  0, 1, -1, NOFOLLOW, false },
	{ SYS_removexattr,  act_remove_attribute, -1,  0, 1, -1, 0, false },
	{ SYS_lremovexattr, act_remove_attribute, -1,  0, 1, -1, NOFOLLOW, false },
	/* of an open file: notified to a guard only */
	{ SYS_fchmod,       act_set_mode,          0, -1, 1, -1, 0, false },
	{ SYS_fchown,       act_set_owner,         0, -1, 1, -1, 0, false },
	{ SYS_fsetxattr,    act_set_attribute,     0, -1, 1, -1, 0, false },
	{ SYS_fremovexattr, act_remove_attribute,  0, -1, 1, -1, 0, false },
};
// clang-format on

static const struct act_row *
row_of(int number)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].number == number)
			return &rows[i];
	}
	return NULL;
}

/* Pins what the call means. utimensat without a path is futimens. */
static int
pin(const struct act *act)
{
	const struct act_row *row = act->row;
	int dir = row->dir < 0 ? AT_FDCWD : (int)act->args[row->dir];
	int flags = row->flags < 0 ? row->fixed : (int)act->args[row->flags];

	if (row->path < 0)
		return tracee_pin_open(&act->tracee, dir);
	if (act->create_only != NULL && row->number == SYS_utimensat &&
	    act->args[row->path] == 0 && dir != AT_FDCWD && flags == 0)
		return tracee_pin_open(&act->tracee, dir);
	return tracee_pin(&act->tracee, dir, act->args[row->path], flags);
}

/* What is not the program's own stays as it is; it is not told so. */
static bool
is_kept(struct act *act)
{
	if (act->create_only == NULL || own_is(&act->create_only->own, act->fd))
		return false;
	act->create_only->kept++;
	return true;
}

static struct tracee
caller_of(const struct broker *broker)
{
	return (struct tracee){ (pid_t)broker->request->pid, broker->proc,
		broker->listener, broker->request->id };
}

/* Returns 0 or the errno that the caller is to get. */
static int
carry_out(const struct broker *broker)
{
	const struct seccomp_data *data = &broker->request->data;
	struct act act = { .tracee = caller_of(broker),
		.args = (const uint64_t *)data->args,
		.row = row_of(data->nr),
		.root = broker->root,
		.create_only = broker->create_only };
	char where[PATH_MAX];
	auto_fd int fd = -1;

	if (act.row == NULL || (act.row->by_name && act.create_only == NULL))
		return ENOSYS;
	if (act.row->by_name)
		return act.row->act(&act) == 0 ? 0 : errno;
	fd = pin(&act);
	if (fd < 0)
		return errno;
	if (root_path_of(broker->root, fd, where) < 0)
		return EACCES;
	act.fd = fd;
	if (is_kept(&act))
		return 0;
	return act.row->act(&act) == 0 ? 0 : errno;
}

static bool
is_open(int number)
{
#ifdef SYS_open
	if (number == SYS_open)
		return true;
#endif
	return number == SYS_openat;
}

/*
 * Is it the log that is opened? Where the program's memory can't be read, it
 * is the first that the program opens so.
 */
static bool
is_log(const struct broker *broker)
{
	const struct seccomp_data *data = &broker->request->data;
	struct tracee tracee = caller_of(broker);
	char path[64];

	if (broker->log == NULL)
		return false;
	if (tracee_text(&tracee, data->args[data->nr == SYS_openat ? 1 : 0],
		path, sizeof(path), ENAMETOOLONG) == 0)
		return strcmp(path, broker->log) == 0;
	return !broker->log_given && tracee.pid == broker->launcher;
}

/* The descriptor appears in the program as if it had been opened there. */
static void
answer_open(struct broker *broker)
{
	struct seccomp_notif_addfd add = { .id = broker->request->id,
		.srcfd = (uint32_t)broker->log_fd };
	struct seccomp_notif_resp *response = broker->response;
	int number;

	if (!is_log(broker)) {
		if (broker->create_only != NULL)
			response->error = -EPERM;
		else /* Landlock decides, as of every other open */
			response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		return;
	}
	number = ioctl(broker->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	if (number < 0) {
		response->error = -errno;
		return;
	}
	response->val = number;
	broker->log_given = true;
}

/* The launcher's own execve, and none after it. */
static void
answer_exec(struct broker *broker)
{
	bool launcher = (pid_t)broker->request->pid == broker->launcher;

	if (!launcher || broker->exec_done) {
		broker->response->error = -EPERM;
		return;
	}
	broker->exec_done = true;
	broker->response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
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
		.launcher = parts->launcher,
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
	char byte;
	struct iovec to = { &byte, 1 };
	/* Before its execve it has what we have, at the same place. */
	struct iovec from = { (void *)(uintptr_t)rows, 1 };

	return process_vm_readv(broker->launcher, &to, 1, &from, 1, 0) == 1;
}

void
broker_close(struct broker *broker)
{
	auto_close_fd(&broker->listener);
	auto_free_memory(&broker->request);
	auto_free_memory(&broker->response);
}

/* Requests that fit in no int, which is all that musl's ioctl takes. */
static long
listener_call(const struct broker *broker, unsigned long request, void *with)
{
	return syscall(SYS_ioctl, broker->listener, request, with);
}

void
broker_serve(struct broker *broker)
{
	struct seccomp_notif_resp *response = broker->response;

	/* The kernel wants it zeroed. */
	memset(broker->request, 0, broker->request_size);
	if (listener_call(broker, SECCOMP_IOCTL_NOTIF_RECV, broker->request) !=
	    0)
		return;
	*response = (struct seccomp_notif_resp){ .id = broker->request->id };
	if (broker->request->data.nr == SYS_execve)
		answer_exec(broker);
	else if (is_open(broker->request->data.nr))
		answer_open(broker);
	else
		response->error = -carry_out(broker);
	/* ENOENT: the caller has died. */
	if (listener_call(broker, SECCOMP_IOCTL_NOTIF_SEND, response) != 0)
		return;
}
