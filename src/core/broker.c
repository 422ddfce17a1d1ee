/*
 * The metadata broker. Trusts nothing of the caller: its memory is read once,
 * what it names is pinned before it is checked, and no call is let through
 * but the first execve. What is not in the table is refused.
 */
#include "core/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "core/root.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS /* Linux 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS _IOW('!', 4, uint64_t)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1UL
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452 /* Linux 6.6, the same on every architecture */
#endif

enum {
	XATTR_NAME_BYTES = 256,        /* XATTR_NAME_MAX and a NUL */
	XATTR_VALUE_BYTES = 64 * 1024, /* XATTR_SIZE_MAX */
	PAGE = 4096, /* what is read at once: a page may be the last one */
};

/* One notified call: who called and with what. */
struct call {
	pid_t pid; /* a thread's */
	const uint64_t *args;
	const struct row *row;
	struct root *root;
	int fd; /* what is acted on: pinned, and in the root */
};

typedef int act(const struct call *call);

struct row {
	int number;
	act *act;
	int dir;   /* which argument: a directory's descriptor, or -1 */
	int path;  /* ... the path */
	int what;  /* ... mode, owner, times or attribute; others follow */
	int flags; /* ... AT_ flags, or -1: fixed says it */
	int fixed; /* AT_ flags of a call that takes none */
};

/*
 * Copies at most size bytes from the caller, as far as they are there. Stops
 * at page borders: a string may end at the last byte of a mapping. Returns
 * how many were copied; 0: none, EFAULT.
 */
static size_t
copy_in(pid_t pid, uint64_t from, void *to, size_t size, bool to_nul)
{
	size_t done = 0;

	while (done < size) {
		size_t part = PAGE - (size_t)((from + done) % PAGE);
		char *at = (char *)to + done;
		struct iovec ours, theirs;
		ssize_t copied;

		if (part > size - done)
			part = size - done;
		ours = (struct iovec){ at, part };
		theirs =
		    (struct iovec){ (void *)(uintptr_t)(from + done), part };
		copied = process_vm_readv(pid, &ours, 1, &theirs, 1, 0);
		if (copied <= 0)
			break;
		done += (size_t)copied;
		if (to_nul && memchr(at, '\0', (size_t)copied) != NULL)
			break;
	}
	return done;
}

/* A string of at most size bytes with its NUL. Returns 0 or -1 with errno. */
static int
copy_text(pid_t pid, uint64_t from, char *to, size_t size, int too_long)
{
	size_t len = copy_in(pid, from, to, size, true);

	if (len > 0 && memchr(to, '\0', len) != NULL)
		return 0;
	errno = len == size ? too_long : EFAULT;
	return -1;
}

static int
copy_exactly(pid_t pid, uint64_t from, void *to, size_t size)
{
	if (copy_in(pid, from, to, size, false) == size)
		return 0;
	errno = EFAULT;
	return -1;
}

static uint64_t
argument(const struct call *call, int behind)
{
	return call->args[call->row->what + behind];
}

static int
set_mode(const struct call *call)
{
	struct stat st;

	if (fstat(call->fd, &st) != 0)
		return -1;
	if (S_ISLNK(st.st_mode)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return root_chmod_pinned(call->root, call->fd,
	    (mode_t)argument(call, 0));
}

static int
set_owner(const struct call *call)
{
	return fchownat(call->fd, "", (uid_t)argument(call, 0),
	    (gid_t)argument(call, 1), AT_EMPTY_PATH);
}

static int
set_times(const struct call *call)
{
	struct timespec times[2];

	if (argument(call, 0) == 0)
		return utimensat(call->fd, "", NULL, AT_EMPTY_PATH);
	if (copy_exactly(call->pid, argument(call, 0), times, sizeof(times)) !=
	    0)
		return -1;
	return utimensat(call->fd, "", times, AT_EMPTY_PATH);
}

/* utimes(2) and futimesat(2) count microseconds. */
static int
set_times_coarse(const struct call *call)
{
	struct timeval coarse[2];
	struct timespec times[2];

	if (argument(call, 0) == 0)
		return utimensat(call->fd, "", NULL, AT_EMPTY_PATH);
	if (copy_exactly(call->pid, argument(call, 0), coarse,
		sizeof(coarse)) != 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		if (coarse[i].tv_usec < 0 || coarse[i].tv_usec >= 1000000) {
			errno = EINVAL;
			return -1;
		}
		times[i] = (struct timespec){ coarse[i].tv_sec,
			coarse[i].tv_usec * 1000 };
	}
	return utimensat(call->fd, "", times, AT_EMPTY_PATH);
}

/* The one path to an attribute of what is pinned; symlinks have none. */
static int
attribute_path(const struct call *call, char path[32])
{
	struct stat st;

	if (fstat(call->fd, &st) != 0)
		return -1;
	if (S_ISLNK(st.st_mode)) {
		errno = EPERM;
		return -1;
	}
	snprintf(path, 32, "/proc/self/fd/%d", call->fd);
	return 0;
}

static int
set_attribute(const struct call *call)
{
	auto_free char *value = NULL;
	char name[XATTR_NAME_BYTES], path[32];
	uint64_t size = argument(call, 2);

	if (size > XATTR_VALUE_BYTES) {
		errno = E2BIG;
		return -1;
	}
	value = xcalloc(1, (size_t)size + 1);
	if (copy_text(call->pid, argument(call, 0), name, sizeof(name),
		ERANGE) != 0 ||
	    copy_exactly(call->pid, argument(call, 1), value, (size_t)size) !=
		0 ||
	    attribute_path(call, path) != 0)
		return -1;
	return setxattr(path, name, value, (size_t)size,
	    (int)argument(call, 3));
}

static int
remove_attribute(const struct call *call)
{
	char name[XATTR_NAME_BYTES], path[32];

	if (copy_text(call->pid, argument(call, 0), name, sizeof(name),
		ERANGE) != 0 ||
	    attribute_path(call, path) != 0)
		return -1;
	return removexattr(path, name);
}

#define NOFOLLOW AT_SYMLINK_NOFOLLOW

// clang-format off
static const struct row rows[] = {
	/* number          act               dir path what flags fixed */
#ifdef SYS_chmod /* not on newer architectures, nor those like it below */
	{ SYS_chmod,        set_mode,         -1, 0, 1, -1, 0 },
	{ SYS_chown,        set_owner,        -1, 0, 1, -1, 0 },
	{ SYS_lchown,       set_owner,        -1, 0, 1, -1, NOFOLLOW },
	{ SYS_utimes,       set_times_coarse, -1, 0, 1, -1, 0 },
	{ SYS_futimesat,    set_times_coarse,  0, 1, 2, -1, 0 },
#endif
	{ SYS_fchmodat,     set_mode,          0, 1, 2, -1, 0 },
	{ SYS_fchmodat2,    set_mode,          0, 1, 2,  3, 0 },
	{ SYS_fchownat,     set_owner,         0, 1, 2,  4, 0 },
	{ SYS_utimensat,    set_times,         0, 1, 2,  3, 0 },
	{ SYS_setxattr,     set_attribute,    -1, 0, 1, -1, 0 },
	{ SYS_lsetxattr,    set_attribute,    -1, 0, 1, -1, NOFOLLOW },
	{ SYS_removexattr,  remove_attribute, -1, 0, 1, -1, 0 },
	{ SYS_lremovexattr, remove_attribute, -1, 0, 1, -1, NOFOLLOW },
};
// clang-format on

static const struct row *
row_of(int number)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].number == number)
			return &rows[i];
	}
	return NULL;
}

/*
 * libc's own lchmod and fchmodat(..., AT_SYMLINK_NOFOLLOW) pin the file and
 * say chmod("/proc/self/fd/N"), where self is the caller and not we.
 */
static bool
names_descriptor(const char *path, int *number)
{
	static const char start[] = "/proc/self/fd/";
	int64_t parsed;

	if (strncmp(path, start, sizeof(start) - 1) != 0 ||
	    !num_parse(path + sizeof(start) - 1, 0, INT_MAX, &parsed))
		return false;
	*number = (int)parsed;
	return true;
}

/* The caller's descriptor or, for AT_FDCWD, working directory, pinned. */
static int
open_base(const struct call *call, int dir)
{
	char path[48];
	int fd;

	if (dir == AT_FDCWD)
		snprintf(path, sizeof(path), "/proc/%d/cwd", (int)call->pid);
	else
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)call->pid,
		    dir);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0 && dir != AT_FDCWD)
		errno = EBADF;
	return fd;
}

/* Pins what the call names, as the call itself would have found it. */
static int
pin(const struct broker *broker, const struct call *call)
{
	char path[PATH_MAX];
	auto_fd int base = -1;
	int flags = call->row->flags < 0 ? call->row->fixed
					 : (int)call->args[call->row->flags];
	int dir =
	    call->row->dir < 0 ? AT_FDCWD : (int)call->args[call->row->dir];

	if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
		errno = EINVAL;
		return -1;
	}
	if (copy_text(call->pid, call->args[call->row->path], path,
		sizeof(path), ENAMETOOLONG) != 0)
		return -1;
	if ((flags & AT_SYMLINK_NOFOLLOW) == 0 &&
	    names_descriptor(path, &dir)) {
		path[0] = '\0';
		flags |= AT_EMPTY_PATH;
	}
	if (path[0] != '/') {
		base = open_base(call, dir);
		if (base < 0)
			return -1;
	}
	/* What belongs to the pid was opened: was it still the caller's? */
	if (ioctl(broker->listener, SECCOMP_IOCTL_NOTIF_ID_VALID,
		&broker->request->id) != 0)
		return -1;
	if (path[0] == '\0') {
		if ((flags & AT_EMPTY_PATH) != 0)
			return take_fd(&base);
		errno = ENOENT;
		return -1;
	}
	return openat(base, path,
	    O_PATH | O_CLOEXEC |
		((flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0));
}

/* Returns 0 or the errno that the caller is to get. */
static int
carry_out(const struct broker *broker)
{
	const struct seccomp_data *data = &broker->request->data;
	struct call call = { .pid = (pid_t)broker->request->pid,
		.args = (const uint64_t *)data->args,
		.row = row_of(data->nr),
		.root = broker->root };
	char where[PATH_MAX];
	auto_fd int fd = -1;

	if (call.row == NULL)
		return ENOSYS;
	fd = pin(broker, &call);
	if (fd < 0)
		return errno;
	if (root_path_of(broker->root, fd, where) < 0)
		return EACCES;
	call.fd = fd;
	return call.row->act(&call) == 0 ? 0 : errno;
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
broker_open(struct broker *broker, int listener, struct root *root,
    pid_t launcher)
{
	struct seccomp_notif_sizes sizes;

	*broker = (struct broker){ .listener = listener,
		.root = root,
		.launcher = launcher };
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

void
broker_serve(struct broker *broker)
{
	struct seccomp_notif_resp *response = broker->response;

	/* The kernel wants it zeroed. */
	memset(broker->request, 0, broker->request_size);
	if (ioctl(broker->listener, SECCOMP_IOCTL_NOTIF_RECV,
		broker->request) != 0)
		return;
	*response = (struct seccomp_notif_resp){ .id = broker->request->id };
	if (broker->request->data.nr == SYS_execve)
		answer_exec(broker);
	else
		response->error = -carry_out(broker);
	/* ENOENT: the caller has died. */
	if (ioctl(broker->listener, SECCOMP_IOCTL_NOTIF_SEND, response) != 0)
		return;
}
