/*
 * Writes the seccomp filters as C tables, so that libseccomp is needed where
 * filesonly is built and costs a session nothing. Which system call is
 * treated how is data: see the lists. Numbers that are newer than any that we
 * know get ENOSYS, so that a newer libc falls back to what it did before.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define NEWEST_KNOWN 470 /* Linux 6.18 */

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

#define FIRST_NEWER 424 /* from here on all machines count alike */

/* Numbers that this libseccomp may not know by name. */
static const struct {
	const char *name;
	uint32_t number;
} newer[] = {
	{ "fchmodat2", 452 },
	{ "statmount", 457 },
	{ "listmount", 458 },
	{ "setxattrat", 463 },
	{ "removexattrat", 466 },
	{ "open_tree_attr", 467 },
	{ "file_setattr", 469 },
};

/* filesonlyd: who speaks SSH with a stranger. */
static const char *const network[] = { "poll", "ppoll", "read", "write",
	"readv", "writev", "recvfrom", "recvmsg", "sendto", "sendmsg", "close",
	"fcntl", "fstat", "newfstatat", "lseek", "brk", "munmap", "mremap",
	"madvise", "futex", "getrandom", "getpid", "gettid", "getsockopt",
	"setsockopt", "getpeername", "getsockname", "shutdown", "alarm",
	"setitimer", "clock_gettime", "gettimeofday", "time", "nanosleep",
	"clock_nanosleep", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
	"restart_syscall", "exit", "exit_group", NULL };

/* What internal subsystems need in order to read. */
static const char *const files_read[] = { "read", "readv", "pread64", "write",
	"writev", "close", "openat2", "fstat", "newfstatat", "statx", "fstatfs",
	"fstatfs64", "getdents64", "lseek", "_llseek", "readlinkat", "splice",
	"pipe2", "fadvise64", "fcntl", "fcntl64", "poll", "ppoll", "brk",
	"munmap", "mremap", "madvise", "rt_sigreturn", "rt_sigaction",
	"rt_sigprocmask", "getrandom", "clock_gettime", "clock_nanosleep",
	"nanosleep", "gettimeofday", "time", "futex", "exit", "exit_group",
	"getpid", "restart_syscall", "sendto", "sendmsg", "recvmsg", "sendmmsg",
	"statfs", "umask", NULL };

/* ... and to change files; EPERM where the mode is read-only. */
static const char *const files_change[] = { "pwrite64", "mkdirat", "unlinkat",
	"renameat", "renameat2", "linkat", "symlinkat", "ftruncate",
	"fallocate", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat",
	"utimensat", "fsync", "fdatasync", "copy_file_range",
	"name_to_handle_at", NULL };

/* The sanitizers' run time, in builds for tests. */
static const char *const sanitizers[] = { "sigaltstack", "gettid", "tgkill",
	"mprotect", "mmap", "prctl", "sched_yield", "getuid", "dup", NULL };

/* What rsync never needs: ways to other programs, other machines, the
 * kernel's rarely used corners. */
static const char *const program_deny[] = { "socket", "connect", "bind",
	"listen", "accept", "accept4", "ptrace", "process_vm_readv",
	"process_vm_writev", "process_madvise", "mount", "umount2",
	"pivot_root", "chroot", "move_mount", "open_tree", "open_tree_attr",
	"fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "setns",
	"unshare", "bpf", "perf_event_open", "io_uring_setup", "io_uring_enter",
	"io_uring_register", "io_setup", "io_submit", "userfaultfd", "keyctl",
	"add_key", "request_key", "kexec_load", "kexec_file_load",
	"init_module", "finit_module", "delete_module", "open_by_handle_at",
	"name_to_handle_at", "memfd_create", "memfd_secret", "pidfd_open",
	"pidfd_getfd", "pidfd_send_signal", "reboot", "swapon", "swapoff",
	"acct", "quotactl", "quotactl_fd", "settimeofday", "clock_settime",
	"adjtimex", "clock_adjtime", "sethostname", "setdomainname", "iopl",
	"ioperm", "modify_ldt", "personality", "syslog", "vhangup",
	"lookup_dcookie", "kcmp", "ustat", "fanotify_init", "fanotify_mark",
	"inotify_init", "inotify_init1", "inotify_add_watch", "mq_open",
	"mq_unlink", "shmget", "shmat", "shmctl", "semget", "semctl", "msgget",
	"msgctl", "seccomp", "setuid", "setgid", "setreuid", "setregid",
	"setresuid", "setresgid", "setfsuid", "setfsgid", "setgroups", "capset",
	"setsid", "setpgid", "truncate", "truncate64", "uselib", "execveat",
	"setpriority", "ioprio_set", "sched_setaffinity", "sched_setattr",
	"sched_setparam", "sched_setscheduler", "migrate_pages", "move_pages",
	"semop", "semtimedop", "msgsnd", "msgrcv", "statmount", "listmount",
	"sendto", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg",
	"rt_sigqueueinfo", "rt_tgsigqueueinfo", NULL };

/* Metadata of what a path names; utimensat is one only with a path. */
static const char *const metadata_by_path[] = { "chmod", "fchmodat",
	"fchmodat2", "chown", "lchown", "fchownat", "utimes", "futimesat",
	"utime", "setxattr", "lsetxattr", "removexattr", "lremovexattr", NULL };
static const char *const metadata_newer[] = { "setxattrat", "removexattrat",
	"file_setattr", NULL };
static const char *const metadata_by_descriptor[] = { "fchmod", "fchown",
	"fsetxattr", "fremovexattr", NULL };

/* Names that are taken away or replaced. */
static const char *const name_changes[] = { "rename", "renameat", "renameat2",
	"unlink", "unlinkat", "rmdir", NULL };

/* What the supervisor of a program needs to wait and to carry out calls. */
static const char *const supervisor[] = { "read", "write", "close", "openat",
	"openat2", "lstat", "dup", "fcntl", "getuid", "geteuid", "gettid",
	"readlinkat", "readlink", "fstat", "newfstatat", "fchmodat2",
	"fchmodat", "fchownat", "utimensat", "setxattr", "removexattr",
	"process_vm_readv", "poll", "ppoll", "wait4", "waitid", "kill", "brk",
	"munmap", "mremap", "madvise", "rt_sigreturn", "rt_sigaction",
	"rt_sigprocmask", "rt_sigtimedwait", "clock_gettime", "nanosleep",
	"clock_nanosleep", "gettimeofday", "time", "futex", "exit",
	"exit_group", "getpid", "restart_syscall", "sendto", "sendmmsg",
	"recvmsg", "writev", "getrandom", "lseek", "splice", NULL };

/* ... and to guard what exists. */
static const char *const supervisor_guard[] = { "statx", "fstatfs", "fstatfs64",
	"name_to_handle_at", "renameat2", "unlinkat", "getdents64", "getpgid",
	NULL };

/* GUARDED: only what the program made itself may be changed. */
enum metadata { ALLOWED, BROKERED, REFUSED, GUARDED };

static int
fail(const char *what, const char *which)
{
	fprintf(stderr, "mkfilters: %s: %s\n", what, which);
	exit(1);
}

/* For which the filters are: the machine on which this runs, or --arch. */
static uint32_t target;

/*
 * Machines whose constants of open, ioctl and clone are the same, so that one
 * of them can make the filters of another.
 */
static const uint32_t alike[] = { SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64,
	SCMP_ARCH_RISCV64 };

/*
 * What libseccomp takes for the call: its number on this machine, even where
 * the filters are another's. -1 where the target has no such call.
 */
static int
number_of(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);
	bool has = seccomp_syscall_resolve_name_arch(target, name) >= 0;

	if (has && number < 0)
		fail("only the target has", name);
	return has ? number : -1;
}

/* Rules of one filter for calls that libseccomp does not know by name. */
static struct {
	uint32_t number;
	uint32_t action;
} late[sizeof(newer) / sizeof(*newer)];
static size_t late_count;

/* Returns false where the call is no newer one, or libseccomp knows it. */
static bool
add_late(uint32_t action, const char *name)
{
	for (size_t i = 0; i < sizeof(newer) / sizeof(*newer); i++) {
		if (strcmp(newer[i].name, name) != 0 || number_of(name) >= 0)
			continue;
		if (late_count == sizeof(late) / sizeof(*late))
			fail("a second rule for", name);
		late[late_count].number = newer[i].number;
		late[late_count++].action = action;
		return true;
	}
	return false;
}

static void
add_list(scmp_filter_ctx filter, uint32_t action, const char *const *names)
{
	for (; *names != NULL; names++) {
		int number = number_of(*names);

		if (!add_late(action, *names) && number >= 0 &&
		    seccomp_rule_add_exact(filter, action, number, 0) != 0)
			fail("no rule for", *names);
	}
}

static void
add_if(scmp_filter_ctx filter, uint32_t action, const char *name,
    struct scmp_arg_cmp when)
{
	int number = number_of(name);

	if (number >= 0 &&
	    seccomp_rule_add_exact(filter, action, number, 1, when) != 0)
		fail("no rule for", name);
}

static scmp_filter_ctx
start(uint32_t action)
{
	scmp_filter_ctx filter = seccomp_init(action);

	late_count = 0;
	if (filter == NULL ||
	    (target != seccomp_arch_native() &&
		(seccomp_arch_add(filter, target) != 0 ||
		    seccomp_arch_remove(filter, SCMP_ARCH_NATIVE) != 0)) ||
	    seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
		SCMP_ACT_KILL_PROCESS) != 0 ||
	    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0)
		fail("libseccomp", "can't start a filter");
	return filter;
}

/* Memory that can't become code. musl's malloc maps what it opens later. */
static void
allow_memory(scmp_filter_ctx filter)
{
	static const char *const calls[] = { "mmap", "mmap2", "mprotect" };

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		add_if(filter, SCMP_ACT_ALLOW, calls[i],
		    (struct scmp_arg_cmp){ 2, SCMP_CMP_MASKED_EQ, PROT_EXEC,
			0 });
}

static scmp_filter_ctx
make_allow_list(bool sanitized)
{
	scmp_filter_ctx filter =
	    start(sanitized ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS);

	if (sanitized)
		add_list(filter, SCMP_ACT_ALLOW, sanitizers);
	else
		allow_memory(filter);
	return filter;
}

static scmp_filter_ctx
make_files(bool read_only, bool sanitized)
{
	scmp_filter_ctx filter = make_allow_list(sanitized);

	add_list(filter, SCMP_ACT_ALLOW, files_read);
	if (!read_only || !sanitized)
		add_list(filter,
		    read_only ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW,
		    files_change);
	add_list(filter, SCMP_ACT_ERRNO(ENOTTY),
	    (const char *const[]){ "ioctl", NULL });
	return filter;
}

static scmp_filter_ctx
make_supervisor(bool guards, bool sanitized)
{
	static const uint64_t requests[] = { SECCOMP_IOCTL_NOTIF_RECV,
		SECCOMP_IOCTL_NOTIF_SEND, SECCOMP_IOCTL_NOTIF_ID_VALID,
		SECCOMP_IOCTL_NOTIF_ADDFD };
	scmp_filter_ctx filter = make_allow_list(sanitized);

	add_list(filter, SCMP_ACT_ALLOW, supervisor);
	if (guards)
		add_list(filter, SCMP_ACT_ALLOW, supervisor_guard);
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++)
		add_if(filter, SCMP_ACT_ALLOW, "ioctl",
		    (struct scmp_arg_cmp){ 1, SCMP_CMP_MASKED_EQ, UINT32_MAX,
			requests[i] });
	return filter;
}

/*
 * Namespaces by another door, and children that are nobody's or our own:
 * those of CLONE_PARENT are the supervisor's. clone3's flags can't be seen.
 */
static void
deny_kinds_of_children(scmp_filter_ctx filter)
{
	static const uint64_t flags[] = { CLONE_NEWNS, CLONE_NEWCGROUP,
		CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID,
		CLONE_NEWNET, CLONE_PARENT };

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		add_if(filter, SCMP_ACT_ERRNO(EPERM), "clone",
		    (struct scmp_arg_cmp){ 0, SCMP_CMP_MASKED_EQ, flags[i],
			flags[i] });
	add_list(filter, SCMP_ACT_ERRNO(ENOSYS),
	    (const char *const[]){ "clone3", NULL });
}

/*
 * rsync talks to its own child over a pair of streams. A pair of datagram
 * sockets could send to any socket that has a path (/dev/log). A stream can't,
 * so sendmsg may stay: by it the child hands over this filter's listener.
 */
static void
deny_other_sockets(scmp_filter_ctx filter)
{
	/* SOCK_STREAM is 1; the types are 4 bits wide. */
	static const struct scmp_arg_cmp others[] = {
		{ 0, SCMP_CMP_NE, AF_UNIX, 0 },
		{ 1, SCMP_CMP_MASKED_EQ, SOCK_STREAM, 0 },
		{ 1, SCMP_CMP_MASKED_EQ, 2, 2 },
		{ 1, SCMP_CMP_MASKED_EQ, 4, 4 },
		{ 1, SCMP_CMP_MASKED_EQ, 8, 8 },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		add_if(filter, SCMP_ACT_ERRNO(EPERM), "socketpair", others[i]);
}

/*
 * Signals by another door: to the owner of a descriptor, and from the end of
 * the supervisor, with which the program ends. Leases hold up other openers.
 */
static void
deny_values(scmp_filter_ctx filter)
{
	static const uint64_t commands[] = { F_SETOWN, F_SETOWN_EX, F_SETSIG,
		F_SETLEASE, F_NOTIFY };
	static const char *const calls[] = { "fcntl", "fcntl64" };

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		for (size_t c = 0; c < 2; c++)
			add_if(filter, SCMP_ACT_ERRNO(EPERM), calls[c],
			    (struct scmp_arg_cmp){ 1, SCMP_CMP_MASKED_EQ,
				UINT32_MAX, commands[i] });
	add_if(filter, SCMP_ACT_ERRNO(EPERM), "prctl",
	    (struct scmp_arg_cmp){ 0, SCMP_CMP_MASKED_EQ, UINT32_MAX,
		PR_SET_PDEATHSIG });
}

static void
add_metadata(scmp_filter_ctx filter, enum metadata metadata)
{
	uint32_t action =
	    metadata == REFUSED ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_NOTIFY;

	if (metadata == ALLOWED)
		return;
	add_list(filter, action, metadata_by_path);
	add_list(filter, metadata == REFUSED ? action : SCMP_ACT_ERRNO(ENOSYS),
	    metadata_newer);
	if (metadata == BROKERED) {
		add_if(filter, action, "utimensat",
		    (struct scmp_arg_cmp){ 1, SCMP_CMP_NE, 0, 0 });
		return;
	}
	add_list(filter, action, metadata_by_descriptor);
	add_list(filter, action, (const char *const[]){ "utimensat", NULL });
}

/*
 * What exists is opened for reading only, and not truncated on the way; for
 * writing is what the call itself creates.
 */
static void
deny_writing(scmp_filter_ctx filter, const char *name, unsigned argument)
{
	static const uint64_t writes[] = { O_WRONLY, O_RDWR, O_ACCMODE, O_TRUNC,
		O_WRONLY | O_TRUNC, O_RDWR | O_TRUNC, O_ACCMODE | O_TRUNC };
	static const uint64_t creates[] = { 0, O_CREAT, O_EXCL };
	const uint64_t mask = O_ACCMODE | O_TRUNC | O_CREAT | O_EXCL;

	for (size_t w = 0; w < sizeof(writes) / sizeof(*writes); w++) {
		for (size_t c = 0; c < sizeof(creates) / sizeof(*creates);
		     c++) {
			uint64_t flags = writes[w] | creates[c];
			bool log = flags == (O_WRONLY | O_CREAT);

			add_if(filter, SCMP_ACT_ERRNO(EPERM), name,
			    (struct scmp_arg_cmp){ argument, SCMP_CMP_MASKED_EQ,
				log ? mask | O_APPEND : mask, flags });
		}
	}
}

/* As a log is opened; which one it is, the supervisor sees. */
static void
notify_log(scmp_filter_ctx filter)
{
	const uint64_t mask = O_ACCMODE | O_TRUNC | O_CREAT | O_EXCL | O_APPEND;
	const uint64_t flags = O_WRONLY | O_CREAT | O_APPEND;

	add_if(filter, SCMP_ACT_NOTIFY, "open",
	    (struct scmp_arg_cmp){ 1, SCMP_CMP_MASKED_EQ, mask, flags });
	add_if(filter, SCMP_ACT_NOTIFY, "openat",
	    (struct scmp_arg_cmp){ 2, SCMP_CMP_MASKED_EQ, mask, flags });
}

static void
add_guard(scmp_filter_ctx filter)
{
	add_list(filter, SCMP_ACT_NOTIFY, name_changes);
	deny_writing(filter, "open", 1);
	deny_writing(filter, "openat", 2);
	add_list(filter, SCMP_ACT_ERRNO(EPERM),
	    (const char *const[]){ "creat", NULL });
	/* Its flags can't be seen; libc and rsync do without. */
	add_list(filter, SCMP_ACT_ERRNO(ENOSYS),
	    (const char *const[]){ "openat2", NULL });
}

/* once: execve and the log are asked about, else they are allowed. */
static scmp_filter_ctx
make_program(enum metadata metadata, bool once)
{
	scmp_filter_ctx filter = start(SCMP_ACT_ALLOW);

	add_list(filter, SCMP_ACT_ERRNO(EPERM), program_deny);
	/* Its own limits, and not those of the user's other processes. */
	add_if(filter, SCMP_ACT_ERRNO(EPERM), "prlimit64",
	    (struct scmp_arg_cmp){ 0, SCMP_CMP_NE, 0, 0 });
	add_list(filter, SCMP_ACT_ERRNO(ENOTTY),
	    (const char *const[]){ "ioctl", NULL });
	deny_kinds_of_children(filter);
	deny_other_sockets(filter);
	deny_values(filter);
	add_metadata(filter, metadata);
	if (metadata == GUARDED)
		add_guard(filter);
	if (once) {
		notify_log(filter);
		add_list(filter, SCMP_ACT_NOTIFY,
		    (const char *const[]){ "execve", NULL });
	}
	return filter;
}

/*
 * filesonlyd's network process: bytes on descriptors that it has or is handed,
 * memory, time. No file, no process, no socket of its own.
 */
static scmp_filter_ctx
make_network(bool sanitized)
{
	/* The C library and OpenSSL drift: what is new to us fails, and no
	 * client is lost by it. */
	scmp_filter_ctx filter = start(SCMP_ACT_ERRNO(EPERM));

	if (sanitized)
		add_list(filter, SCMP_ACT_ALLOW, sanitizers);
	else
		allow_memory(filter);
	add_list(filter, SCMP_ACT_ALLOW, network);
	return filter;
}

/* Who connects to the log anew: one kind of socket, and no file. */
static scmp_filter_ctx
make_log_helper(bool sanitized)
{
	scmp_filter_ctx filter = make_allow_list(sanitized);

	add_list(filter, SCMP_ACT_ALLOW,
	    (const char *const[]){ "recvfrom", "sendmsg", "connect", "close",
		"rt_sigreturn", "restart_syscall", "exit", "exit_group",
		NULL });
	add_if(filter, SCMP_ACT_ALLOW, "socket",
	    (struct scmp_arg_cmp){ 0, SCMP_CMP_EQ, AF_UNIX, 0 });
	return filter;
}

static void
print_code(const struct sock_filter *code)
{
	printf("\t{ 0x%02x, %u, %u, 0x%08xU },\n", code->code, code->jt,
	    code->jf, code->k);
}

/* Numbers above all we know, other than x32's, which the rest kills. */
static void
print_head(void)
{
	static const struct sock_filter head[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NEWEST_KNOWN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};

	for (size_t i = 0; i < sizeof(head) / sizeof(*head); i++)
		print_code(&head[i]);
}

/*
 * Below FIRST_NEWER all but one jump is saved. Another machine's calls are left
 * to the rest, which kills.
 */
static void
print_late(void)
{
	const uint8_t past = (uint8_t)(2 * late_count);
	const struct sock_filter begin[] = {
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST_NEWER, 0, past + 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4), /* the machine */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, target, 0, past + 1),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
	};

	if (late_count == 0)
		return;
	for (size_t i = 0; i < sizeof(begin) / sizeof(*begin); i++)
		print_code(&begin[i]);
	for (size_t i = 0; i < late_count; i++) {
		const struct sock_filter rule[] = {
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, late[i].number, 0,
			    1),
			BPF_STMT(BPF_RET | BPF_K, late[i].action),
		};

		print_code(&rule[0]);
		print_code(&rule[1]);
	}
}

static void
print_filter(const char *name, scmp_filter_ctx filter)
{
	int fd = memfd_create(name, MFD_CLOEXEC);
	struct sock_filter code;

	if (fd < 0 || seccomp_export_bpf(filter, fd) != 0 ||
	    lseek(fd, 0, SEEK_SET) != 0)
		fail("can't export", name);
	printf("static const struct sock_filter %s[] = {\n", name);
	print_head();
	print_late();
	while (read(fd, &code, sizeof(code)) == (ssize_t)sizeof(code))
		print_code(&code);
	printf("};\n\n");
	close(fd);
	seccomp_release(filter);
}

static uint32_t
target_named(const char *name)
{
	uint32_t named = seccomp_arch_resolve_name(name);
	bool found = false, native = false;

	for (size_t i = 0; i < sizeof(alike) / sizeof(*alike); i++) {
		found |= alike[i] == named;
		native |= alike[i] == seccomp_arch_native();
	}
	if (named != seccomp_arch_native() && !(found && native))
		fail("can't make the filters of", name);
	return named;
}

/* mkfilters [--arch=NAME] [sanitized]; the name is libseccomp's. */
int
main(int argc, char **argv)
{
	bool sanitized = argc > 1 && strcmp(argv[argc - 1], "sanitized") == 0;

	target = argc > 1 && strncmp(argv[1], "--arch=", 7) == 0
		     ? target_named(argv[1] + 7)
		     : seccomp_arch_native();
	printf("/* Made by tools/mkfilters.c; do not edit. */\n");
	print_filter("code_files", make_files(false, sanitized));
	print_filter("code_files_read_only", make_files(true, sanitized));
	print_filter("code_program", make_program(ALLOWED, true));
	print_filter("code_program_brokered", make_program(BROKERED, true));
	print_filter("code_program_guarded", make_program(GUARDED, true));
	print_filter("code_program_read_only", make_program(REFUSED, true));
	print_filter("code_program_exec", make_program(ALLOWED, false));
	print_filter("code_program_exec_read_only",
	    make_program(REFUSED, false));
	print_filter("code_supervisor", make_supervisor(false, sanitized));
	print_filter("code_supervisor_guard", make_supervisor(true, sanitized));
	print_filter("code_log_helper", make_log_helper(sanitized));
	print_filter("code_network", make_network(sanitized));
	return fflush(stdout) == 0 ? 0 : 1;
}
