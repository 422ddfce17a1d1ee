/* The network, namespaces, mounts, devices, the kernel's rarer corners. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>

#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/fault/acts/acts.h"

#define ACT(name) static int name(const struct act *act __attribute__((unused)))

/* --- sockets -------------------------------------------------------------- */

/* Of every family and type: none may be had. */
ACT(socket_any)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW,
		SOCK_SEQPACKET };

	for (int family = 0; family < 64; family++) {
		for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
			if (closed(socket(family, types[i], 0)) == 0)
				return 0;
	}
	errno = EPERM;
	return -1;
}

ACT(socket_inet)
{
	return closed(socket(AF_INET, SOCK_STREAM, 0));
}

ACT(socket_inet6)
{
	return closed(socket(AF_INET6, SOCK_DGRAM, 0));
}

ACT(socket_unix)
{
	return closed(socket(AF_UNIX, SOCK_STREAM, 0));
}

ACT(socket_netlink)
{
	return closed(socket(AF_NETLINK, SOCK_RAW, 0));
}

ACT(socket_packet)
{
	return closed(socket(AF_PACKET, SOCK_RAW, 0));
}

ACT(socket_vsock)
{
	return closed(socket(AF_VSOCK, SOCK_STREAM, 0));
}

ACT(socket_alg)
{
	return closed(socket(AF_ALG, SOCK_SEQPACKET, 0));
}

/* --- namespaces and mounts ------------------------------------------------ */

ACT(user_namespace)
{
	return unshare(CLONE_NEWUSER);
}

ACT(mount_namespace)
{
	return unshare(CLONE_NEWNS);
}

ACT(clone_namespace)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : 0;
}

ACT(clone3_namespace)
{
	unsigned long long args[11] = { CLONE_NEWUSER, 0, 0, 0, SIGCHLD };
	long pid = syscall(435, args, sizeof(args));

	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : 0;
}

ACT(join_namespace)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/uts", (int)victim);
	fd = open(path, O_RDONLY);
	return fd < 0 ? -1 : setns(fd, 0);
}

ACT(mount_tmpfs)
{
	if (mount("none", "mnt", "tmpfs", 0, NULL) != 0)
		return -1;
	return umount2("mnt", MNT_DETACH);
}

ACT(mount_outside)
{
	if (mount(outside, "mnt", NULL, MS_BIND, NULL) != 0)
		return -1;
	return umount2("mnt", MNT_DETACH);
}

ACT(mount_new)
{
	return closed((int)syscall(430, "tmpfs", 0)); /* fsopen */
}

ACT(mount_clone)
{
	return closed((int)syscall(428, AT_FDCWD, outside, 1)); /* open_tree */
}

ACT(mount_list)
{
	const unsigned long long request[4] = { 24 | 0ull << 32, ~0ull };
	unsigned long long ids[8];

	return syscall(458, request, ids, 8UL, 0) < 0 ? -1 : 0;
}

ACT(change_root)
{
	return chroot(".");
}

/* --- devices -------------------------------------------------------------- */

static int
make_and_open(const char *path, mode_t mode, dev_t device)
{
	int result;

	if (mknod(path, mode, device) != 0)
		return -1;
	result = try_open(path, O_RDWR);
	unlink(path);
	return result;
}

ACT(device_character)
{
	return make_and_open("node", S_IFCHR | 0666, makedev(1, 3));
}

ACT(device_memory)
{
	return make_and_open("node2", S_IFCHR | 0600, makedev(1, 5));
}

/* The administrator's, found in the root: "zero" by name. */
ACT(device_found)
{
	return try_open("device", O_RDWR);
}

ACT(device_outside)
{
	return try_open("/dev/tty", O_PATH) == 0 ? try_open("/dev/zero", O_RDWR)
						 : -1;
}

/* --- file handles --------------------------------------------------------- */

static int
open_handle(const char *path)
{
	struct {
		struct file_handle head;
		char room[128];
	} handle = { .head = { .handle_bytes = 128 } };
	int id, at = open(".", O_RDONLY);

	if (name_to_handle_at(AT_FDCWD, path, &handle.head, &id, 0) != 0)
		return -1;
	return closed(open_by_handle_at(at, &handle.head, O_RDONLY));
}

ACT(handle_inside)
{
	return open_handle("file");
}

ACT(handle_outside)
{
	return open_handle(out(act));
}

/* --- the rest --------------------------------------------------------------
 */

ACT(uring)
{
	char params[256] = { 0 };

	return closed((int)syscall(SYS_io_uring_setup, 1, params));
}

ACT(asynchronous)
{
	unsigned long context = 0;

	return (int)syscall(SYS_io_setup, 1, &context);
}

ACT(keyring)
{
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
		   KEY_SPEC_SESSION_KEYRING, 1) < 0
		   ? -1
		   : 0;
}

ACT(shared_memory)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);

	return id < 0 ? -1 : shmctl(id, IPC_RMID, NULL);
}

ACT(semaphore)
{
	int id = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);

	return id < 0 ? -1 : semctl(id, 0, IPC_RMID);
}

ACT(message_queue)
{
	int id = msgget(IPC_PRIVATE, IPC_CREAT | 0600);

	return id < 0 ? -1 : msgctl(id, IPC_RMID, NULL);
}

ACT(posix_queue)
{
	int fd = (int)syscall(SYS_mq_open, "filesonly-hostile",
	    O_CREAT | O_RDWR, 0600, NULL);

	if (fd < 0)
		return -1;
	syscall(SYS_mq_unlink, "filesonly-hostile");
	return close(fd);
}

ACT(program_kernel)
{
	return closed((int)syscall(SYS_bpf, 0, NULL, 0)) == 0 ||
		       errno == EINVAL || errno == EFAULT
		   ? 0
		   : -1;
}

ACT(handle_faults)
{
	return closed((int)syscall(SYS_userfaultfd, 1 /* user mode only */));
}

ACT(count_events)
{
	unsigned attr[32] = { 1, sizeof(attr) };

	return closed((int)syscall(SYS_perf_event_open, attr, 0, -1, -1, 0));
}

ACT(read_kernel_log)
{
	return syscall(SYS_syslog, 10, NULL, 0) < 0 ? -1 : 0;
}

ACT(become_user)
{
	return setuid(getuid());
}

ACT(become_group)
{
	return setgroups(0, NULL);
}

ACT(name_machine)
{
	char name[64];

	if (gethostname(name, sizeof(name)) != 0)
		return -1;
	return sethostname(name, strlen(name));
}

ACT(keep_accounts)
{
	return (int)syscall(SYS_acct, NULL);
}

ACT(other_personality)
{
	return personality(ADDR_NO_RANDOMIZE) < 0 ? -1 : 0;
}

/* One that allows everything. */
ACT(another_filter)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct sock_fprog program = { 1, &all };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

ACT(terminal)
{
	int pending, ends[2];

	return pipe(ends) != 0 ? -1 : ioctl(ends[0], FIONREAD, &pending);
}

ACT(file_flags)
{
	int flags, fd = open("file", O_RDONLY);

	return fd < 0 ? -1
		      : ioctl(fd, 0x80086601 /* FS_IOC_GETFLAGS */, &flags);
}

/* --- by other numbers than our own ---------------------------------------- */

static void
no_such_door(int number)
{
	(void)number;
	_exit(ENOSYS);
}

/* By the door of 32-bit programs, where getpid is 20. */
ACT(call_i386)
{
	int result = -ENOSYS;

	signal(SIGSEGV, no_such_door);
#ifdef __x86_64__
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
#endif
	errno = -result;
	return result < 0 ? -1 : 0;
}

ACT(call_x32)
{
	return syscall(0x40000000 | SYS_getpid) < 0 ? -1 : 0;
}

// clang-format off
const struct act kernel_acts[] = {
	{ "socket_any",        FAILS, socket_any,        0, 0 },
	{ "socket_inet",       FAILS, socket_inet,       0, 0 },
	{ "socket_inet6",      MAY,   socket_inet6,      0, 0 },
	{ "socket_unix",       FAILS, socket_unix,       0, 0 },
	{ "socket_netlink",    FAILS, socket_netlink,    0, 0 },
	{ "socket_packet",     MAY,   socket_packet,     0, 0 },
	{ "socket_vsock",      MAY,   socket_vsock,      0, 0 },
	{ "socket_alg",        MAY,   socket_alg,        0, 0 },
	{ "user_namespace",    MAY,   user_namespace,    0, 0 },
	{ "mount_namespace",   ROOT,  mount_namespace,   0, 0 },
	{ "clone_namespace",   MAY,   clone_namespace,   0, 0 },
	{ "clone3_namespace",  MAY,   clone3_namespace,  0, 0 },
	{ "join_namespace",    ROOT,  join_namespace,    0, 0 },
	{ "mount_tmpfs",       ROOT,  mount_tmpfs,       0, 0 },
	{ "mount_outside",     ROOT,  mount_outside,     0, 0 },
	{ "mount_new",         ROOT,  mount_new,         0, 0 },
	{ "mount_clone",       ROOT,  mount_clone,       0, 0 },
	{ "mount_list",        MAY,   mount_list,        0, 0 },
	{ "change_root",       ROOT,  change_root,       0, 0 },
	{ "device_character",  ROOT,  device_character,  0, 0 },
	{ "device_memory",     ROOT,  device_memory,     0, 0 },
	{ "device_found",      ROOT,  device_found,      0, 0 },
	{ "device_outside",    MAY,   device_outside,    0, 0 },
	{ "handle_inside",     ROOT,  handle_inside,     0, 0 },
	{ "handle_outside",    ROOT,  handle_outside,    0, 0 },
	{ "uring",             MAY,   uring,             0, 0 },
	{ "asynchronous",      MAY,   asynchronous,      0, 0 },
	{ "keyring",           MAY,   keyring,           0, 0 },
	{ "shared_memory",     FAILS, shared_memory,     0, 0 },
	{ "semaphore",         FAILS, semaphore,         0, 0 },
	{ "message_queue",     FAILS, message_queue,     0, 0 },
	{ "posix_queue",       MAY,   posix_queue,       0, 0 },
	{ "program_kernel",    MAY,   program_kernel,    0, 0 },
	{ "handle_faults",     MAY,   handle_faults,     0, 0 },
	{ "count_events",      MAY,   count_events,      0, 0 },
	{ "read_kernel_log",   MAY,   read_kernel_log,   0, 0 },
	{ "become_user",       FAILS, become_user,       0, 0 },
	{ "become_group",      ROOT,  become_group,      0, 0 },
	{ "name_machine",      ROOT,  name_machine,      0, 0 },
	{ "keep_accounts",     ROOT,  keep_accounts,     0, 0 },
	{ "other_personality", FAILS, other_personality, 0, 0 },
	{ "another_filter",    FAILS, another_filter,    0, 0 },
	{ "terminal",          FAILS, terminal,          0, 0 },
	{ "file_flags",        MAY,   file_flags,        0, 0 },
	{ "call_i386",         MAY,   call_i386,         0, 0 },
	{ "call_x32",          MAY,   call_x32,          0, 0 },
	{ NULL, FAILS, NULL, 0, 0 },
};
// clang-format on
