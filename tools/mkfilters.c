/*
 * Writes the seccomp filters as C tables, so that libseccomp is needed where
 * filesonly is built and costs a session nothing. Which system call is
 * treated how is data: see system_calls.h. Numbers that are newer than any that
 * we know get ENOSYS, so that a newer libc falls back to what it did before.
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
#include <sys/quota.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "broker/ancestors.h"
#include "system_calls.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

#define LOW UINT64_C(0xffffffff) /* of an argument that is an int */

/* What becomes of a program's calls that change something. */
enum program_mode {
	CHANGES,    /* it may; outside there is nothing */
	BROKERED,   /* what changes a file's metadata is notified */
	SETS_MODES, /* ... but the modes of files that it has open */
	RESTORES,   /* ... and what is opened, or made as a device */
	READS,      /* EPERM */
	CREATES,    /* notified: only what it made itself may be changed */
};

static int
fail(const char *what, const char *which)
{
	fprintf(stderr, "mkfilters: %s: %s\n", what, which);
	exit(1);
}

/* For which the filters are: the machine on which this runs, or --arch. */
static uint32_t target;

/*
 * Machines whose constants of open (but for one), ioctl and clone are the same,
 * so that one of them can make the filters of another.
 */
static const uint32_t alike[] = { SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64,
	SCMP_ARCH_RISCV64 };

/* O_DIRECTORY is one of the few flags whose value is a machine's own. */
static uint64_t
directory_flag(void)
{
	return target == SCMP_ARCH_AARCH64 ? 040000 : 0200000;
}

/* Is the call in the table of those that libseccomp may not know? */
static bool
is_newer(const char *name)
{
	for (size_t i = 0; i < sizeof(newer) / sizeof(*newer); i++) {
		if (strcmp(newer[i].name, name) == 0)
			return true;
	}
	return false;
}

/*
 * What libseccomp takes for the call: its number on this machine, even where
 * the filters are another's. -1 where the target has no such call.
 */
static int
number_of(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);
	int there = seccomp_syscall_resolve_name_arch(target, name);

	if (there == __NR_SCMP_ERROR && !is_newer(name))
		fail("there is no call", name);
	if (there >= 0 && number < 0)
		fail("only the target has", name);
	return there < 0 ? -1 : number;
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

static void
add_both(scmp_filter_ctx filter, const char *name, struct scmp_arg_cmp one,
    struct scmp_arg_cmp other)
{
	int number = number_of(name);

	if (number >= 0 && seccomp_rule_add_exact(filter, SCMP_ACT_ALLOW,
			       number, 2, one, other) != 0)
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

/*
 * The one command of quotactl_fd that asks, for users and groups; the others
 * set. With a libseccomp that can't look at arguments of a call that it doesn't
 * know, there is no such call.
 */
static void
allow_quota(scmp_filter_ctx filter)
{
	static const int kinds[] = { USRQUOTA, GRPQUOTA };

	if (add_late(SCMP_ACT_ERRNO(ENOSYS), "quotactl_fd"))
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		add_if(filter, SCMP_ACT_ALLOW, "quotactl_fd",
		    (struct scmp_arg_cmp){ 1, SCMP_CMP_MASKED_EQ, LOW,
			(uint32_t)QCMD(Q_GETQUOTA, kinds[i]) });
}

static scmp_filter_ctx
make_files(bool read_only, bool sanitized)
{
	uint32_t change = read_only ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW;
	scmp_filter_ctx filter = make_allow_list(sanitized);

	add_list(filter, SCMP_ACT_ALLOW, files_read);
	allow_quota(filter);
	if (!read_only || !sanitized) {
		add_list(filter, change, files_change);
		/* No devices, no FIFOs. */
		add_if(filter, change, "mknodat",
		    (struct scmp_arg_cmp){ 2, SCMP_CMP_MASKED_EQ, S_IFMT,
			S_IFREG });
	}
	add_list(filter, SCMP_ACT_ERRNO(ENOTTY),
	    (const char *const[]){ "ioctl", NULL });
	return filter;
}

static scmp_filter_ctx
make_supervisor(const char *const *more, bool attributes, bool sanitized)
{
	static const uint64_t requests[] = { SECCOMP_IOCTL_NOTIF_RECV,
		SECCOMP_IOCTL_NOTIF_SEND, SECCOMP_IOCTL_NOTIF_ID_VALID,
		SECCOMP_IOCTL_NOTIF_ADDFD };
	scmp_filter_ctx filter = make_allow_list(sanitized);

	add_list(filter, SCMP_ACT_ALLOW, supervisor);
	add_list(filter, SCMP_ACT_ALLOW, supervisor_signals);
	if (more != NULL)
		add_list(filter, SCMP_ACT_ALLOW, more);
	if (attributes)
		add_list(filter, SCMP_ACT_ALLOW, supervisor_attributes);
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++)
		add_if(filter, SCMP_ACT_ALLOW, "ioctl",
		    (struct scmp_arg_cmp){ 1, SCMP_CMP_MASKED_EQ, UINT32_MAX,
			requests[i] });
	return filter;
}

/* Calls of which a program needs some uses only. */
static void
allow_narrowed(scmp_filter_ctx filter, bool listens)
{
	/* What makes namespaces, or a sibling of ours for a child. */
	const uint64_t flags = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
			       CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
			       CLONE_NEWNET | CLONE_PARENT | CLONE_PTRACE;
	static const uint64_t fcntls[] = { F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD,
		F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW };

	add_if(filter, SCMP_ACT_ALLOW, "clone",
	    (struct scmp_arg_cmp){ 0, SCMP_CMP_MASKED_EQ, flags, 0 });
	/* Not whom a file's signals go to. */
	for (size_t i = 0; i < sizeof(fcntls) / sizeof(*fcntls); i++)
		add_if(filter, SCMP_ACT_ALLOW, "fcntl",
		    (struct scmp_arg_cmp){ 1, SCMP_CMP_MASKED_EQ, LOW,
			fcntls[i] });
	/* No process group's, nor -1: all that the account may signal. To whom
	 * the others go, the supervisor sees. */
	add_if(filter, listens ? SCMP_ACT_NOTIFY : SCMP_ACT_ALLOW, "kill",
	    (struct scmp_arg_cmp){ 0, SCMP_CMP_MASKED_EQ, 0x80000000, 0 });
	/* Its own limits, to read them. */
	add_both(filter, "prlimit64",
	    (struct scmp_arg_cmp){ 0, SCMP_CMP_MASKED_EQ, LOW, 0 },
	    (struct scmp_arg_cmp){ 2, SCMP_CMP_EQ, 0, 0 });
	/* One filter more, before it executes (program_begins). */
	add_both(filter, "seccomp",
	    (struct scmp_arg_cmp){ 0, SCMP_CMP_MASKED_EQ, LOW,
		SECCOMP_SET_MODE_FILTER },
	    (struct scmp_arg_cmp){ 1, SCMP_CMP_EQ, 0, 0 });
	/* Streams: one of datagrams sends to any socket that has a name. */
	add_both(filter, "socketpair",
	    (struct scmp_arg_cmp){ 0, SCMP_CMP_MASKED_EQ, LOW, AF_UNIX },
	    (struct scmp_arg_cmp){ 1, SCMP_CMP_MASKED_EQ, 0xf, SOCK_STREAM });
	add_list(filter, SCMP_ACT_ERRNO(ENOTTY),
	    (const char *const[]){ "ioctl", NULL });
}

/*
 * What exists, to read it. A directory that is opened to go on from there may
 * be one above the root (broker/ancestors.h): with these flags rsync 3.5.0
 * opens it, and else musl's opendir.
 */
static void
add_open_to_read(scmp_filter_ctx filter, const char *name, unsigned argument,
    uint32_t read, bool knows_ancestors)
{
	const uint64_t changes = FD_ACCESS | O_TRUNC | O_CREAT;
	const uint64_t directory = directory_flag();
	const uint64_t on_way = directory | O_CLOEXEC;
	const struct {
		uint64_t mask, flags;
	} others[] = {
		{ directory, 0 },
		{ on_way, directory },
		{ on_way | O_NONBLOCK, on_way | O_NONBLOCK },
		{ on_way | O_NONBLOCK | O_PATH, on_way | O_PATH },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		add_if(filter, read, name,
		    (struct scmp_arg_cmp){ argument, SCMP_CMP_MASKED_EQ,
			changes | others[i].mask, others[i].flags });
	add_if(filter, knows_ancestors ? SCMP_ACT_NOTIFY : read, name,
	    (struct scmp_arg_cmp){ argument, SCMP_CMP_MASKED_EQ,
		changes | on_way | O_NONBLOCK | O_PATH, on_way });
}

/* A directory above the root is left open: the supervisor gave its number. */
static void
add_close(scmp_filter_ctx filter, bool knows_ancestors)
{
	if (!knows_ancestors) {
		add_list(filter, SCMP_ACT_ALLOW,
		    (const char *const[]){ "close", NULL });
		return;
	}
	add_if(filter, SCMP_ACT_ALLOW, "close",
	    (struct scmp_arg_cmp){ 0, SCMP_CMP_LT, ANCESTORS_FIRST, 0 });
	add_if(filter, SCMP_ACT_ALLOW, "close",
	    (struct scmp_arg_cmp){ 0, SCMP_CMP_GE,
		ANCESTORS_FIRST + ANCESTORS_MAX, 0 });
	add_if(filter, SCMP_ACT_NOTIFY, "close",
	    (struct scmp_arg_cmp){ 0, SCMP_CMP_MASKED_EQ,
		LOW & ~(uint64_t)(ANCESTORS_MAX - 1), ANCESTORS_FIRST });
}

/*
 * Opens that change what they open, and for Landlock neither read nor write it:
 * access mode 3 can be had anywhere, and before its ABI 3 truncates what has
 * been opened to be read. Nothing honest does so.
 */
static bool
is_unseen(uint64_t flags)
{
	return (flags & FD_ACCESS) == FD_ACCESS ||
	       (flags & (FD_ACCESS | O_TRUNC)) == O_TRUNC;
}

/*
 * open and openat, by their flags: to read what exists is allowed; to create
 * what does not exist, and to write otherwise, as the mode has it. As a log is
 * opened is notified where there is a listener: which one it is, the
 * supervisor sees.
 */
static void
add_open(scmp_filter_ctx filter, const char *name, unsigned argument,
    uint32_t create, uint32_t otherwise, bool listens)
{
	const uint64_t log = O_WRONLY | O_CREAT | O_APPEND;
	const uint64_t writes = FD_ACCESS | O_TRUNC;

	add_if(filter, create, name,
	    (struct scmp_arg_cmp){ argument, SCMP_CMP_MASKED_EQ,
		O_CREAT | O_EXCL, O_CREAT | O_EXCL });
	for (uint64_t flags = 0; flags <= writes; flags++) {
		uint32_t action =
		    is_unseen(flags) ? SCMP_ACT_ERRNO(EPERM) : otherwise;

		if ((flags & ~writes) != 0)
			continue;
		if (flags != 0)
			add_if(filter, action, name,
			    (struct scmp_arg_cmp){ argument, SCMP_CMP_MASKED_EQ,
				writes | O_CREAT, flags });
		for (uint64_t append = 0; append <= O_APPEND;
		     append += O_APPEND) {
			uint64_t all = flags | O_CREAT | append;

			add_if(filter,
			    listens && all == log ? SCMP_ACT_NOTIFY : action,
			    name,
			    (struct scmp_arg_cmp){ argument, SCMP_CMP_MASKED_EQ,
				writes | O_CREAT | O_EXCL | O_APPEND, all });
		}
	}
}

static void
add_opens(scmp_filter_ctx filter, enum program_mode mode, bool listens,
    bool knows_ancestors)
{
	bool writes = mode == CHANGES || mode == BROKERED || mode == SETS_MODES;
	uint32_t unless = writes ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM);
	uint32_t otherwise = unless, create = unless, read = SCMP_ACT_ALLOW;

	/* What is new is no device. */
	if (mode == RESTORES) {
		create = SCMP_ACT_ALLOW;
		read = otherwise = SCMP_ACT_NOTIFY;
	}
	/* What exists may be free to be written. */
	if (mode == CREATES)
		create = otherwise = SCMP_ACT_NOTIFY;
	add_open_to_read(filter, "open", 1, read, knows_ancestors);
	add_open_to_read(filter, "openat", 2, read, knows_ancestors);
	add_open(filter, "open", 1, create, otherwise, listens);
	add_open(filter, "openat", 2, create, otherwise, listens);
	if (mode == RESTORES)
		return;
	add_list(filter, unless, (const char *const[]){ "creat", NULL });
	/* Its flags can't be seen; libc and rsync do without. In a namespace
	 * there is nothing outside that could be written. */
	if (mode == CHANGES)
		add_list(filter, SCMP_ACT_ALLOW,
		    (const char *const[]){ "openat2", NULL });
}

/* stat, by a name; of an open file it is always allowed. */
static void
add_looks(scmp_filter_ctx filter, uint32_t by_name)
{
	static const struct {
		const char *name;
		unsigned flags; /* which argument */
	} either[] = { { "newfstatat", 3 }, { "statx", 2 } };

	add_list(filter, by_name, program_looks);
	for (size_t i = 0; i < sizeof(either) / sizeof(*either); i++) {
		add_if(filter, by_name, either[i].name,
		    (struct scmp_arg_cmp){ either[i].flags, SCMP_CMP_MASKED_EQ,
			AT_EMPTY_PATH, 0 });
		add_if(filter, SCMP_ACT_ALLOW, either[i].name,
		    (struct scmp_arg_cmp){ either[i].flags, SCMP_CMP_MASKED_EQ,
			AT_EMPTY_PATH, AT_EMPTY_PATH });
	}
}

/*
 * listens: execve, signals and the log are asked about, else they are allowed.
 * attributes: all that is done with them is asked about; looks: what is looked
 * at by a name.
 */
static scmp_filter_ctx
make_program(enum program_mode mode, bool listens, bool attributes, bool looks)
{
	static const struct {
		uint32_t bytes, names, by_path, by_descriptor, mask;
	} actions[] = {
		[CHANGES] = { SCMP_ACT_ALLOW, SCMP_ACT_ALLOW, SCMP_ACT_ALLOW,
		    SCMP_ACT_ALLOW, SCMP_ACT_ALLOW },
		/* What it may read is not all in the root: its libraries, and
		 * the names of users. */
		[BROKERED] = { SCMP_ACT_ALLOW, SCMP_ACT_ALLOW, SCMP_ACT_NOTIFY,
		    SCMP_ACT_NOTIFY, SCMP_ACT_ALLOW },
		[SETS_MODES] = { SCMP_ACT_ALLOW, SCMP_ACT_ALLOW,
		    SCMP_ACT_NOTIFY, SCMP_ACT_NOTIFY, SCMP_ACT_ALLOW },
		[RESTORES] = { SCMP_ACT_ALLOW, SCMP_ACT_ALLOW, SCMP_ACT_NOTIFY,
		    SCMP_ACT_NOTIFY, SCMP_ACT_NOTIFY },
		[READS] = { SCMP_ACT_ERRNO(EPERM), SCMP_ACT_ERRNO(EPERM),
		    SCMP_ACT_ERRNO(EPERM), SCMP_ACT_ERRNO(EPERM),
		    SCMP_ACT_ALLOW },
		[CREATES] = { SCMP_ACT_ALLOW, SCMP_ACT_NOTIFY, SCMP_ACT_NOTIFY,
		    SCMP_ACT_NOTIFY, SCMP_ACT_NOTIFY },
	};
	scmp_filter_ctx filter = start(SCMP_ACT_ERRNO(ENOSYS));
	/* In a namespace there is nothing above the root. */
	bool knows_ancestors = listens && mode != CHANGES && !attributes;

	add_list(filter, SCMP_ACT_ALLOW, program_always);
	add_looks(filter, looks ? SCMP_ACT_NOTIFY : SCMP_ACT_ALLOW);
	/* Until FILTER_PROGRAM_BEGUN (program_begins); seccomp is narrowed. */
	add_list(filter, SCMP_ACT_ALLOW,
	    (const char *const[]){ "sendmsg", NULL });
	add_close(filter, knows_ancestors);
	allow_narrowed(filter, listens);
	add_opens(filter, mode, listens, knows_ancestors);
	add_list(filter, actions[mode].bytes, program_bytes);
	add_list(filter, actions[mode].names, program_names);
	add_list(filter, actions[mode].names, program_symlinks);
	add_list(filter,
	    mode == RESTORES ? SCMP_ACT_NOTIFY : actions[mode].names,
	    program_nodes);
	add_list(filter, actions[mode].by_path, metadata_by_path);
	add_list(filter, actions[mode].by_descriptor, metadata_by_descriptor);
	add_list(filter,
	    mode == SETS_MODES ? SCMP_ACT_ALLOW : actions[mode].by_descriptor,
	    (const char *const[]){ "fchmod", NULL });
	add_list(filter, attributes ? SCMP_ACT_NOTIFY : SCMP_ACT_ALLOW,
	    attributes_read);
	attributes |= mode == RESTORES;
	attributes &= mode != READS;
	add_list(filter, attributes ? SCMP_ACT_NOTIFY : actions[mode].by_path,
	    attributes_by_path);
	add_list(filter,
	    attributes ? SCMP_ACT_NOTIFY : actions[mode].by_descriptor,
	    attributes_by_descriptor);
	/* Who creates for it has its umask. */
	add_list(filter, actions[mode].mask,
	    (const char *const[]){ "umask", NULL });
	add_list(filter, listens ? SCMP_ACT_NOTIFY : SCMP_ACT_ALLOW,
	    (const char *const[]){ "execve", NULL });
	return filter;
}

/* Beside a program's own filter: what it says of these, this one denies. */
static scmp_filter_ctx
make_none_of(const char *const *names, int error)
{
	scmp_filter_ctx filter = start(SCMP_ACT_ALLOW);

	add_list(filter, SCMP_ACT_ERRNO((uint16_t)error), names);
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

/* Who has a program's attributes: what it works on is passed to it. */
static scmp_filter_ctx
make_attributes(bool sanitized)
{
	scmp_filter_ctx filter = make_allow_list(sanitized);

	add_list(filter, SCMP_ACT_ALLOW,
	    (const char *const[]){ "recvmsg", "sendmsg", "close", "getxattr",
		"listxattr", "setxattr", "removexattr", "rt_sigreturn",
		"restart_syscall", "exit", "exit_group", NULL });
	return filter;
}

/*
 * Who reaches the log anew: one kind of socket and no file, or files and no
 * socket. musl's open sets FD_CLOEXEC once more.
 */
static scmp_filter_ctx
make_log_helper(bool opens, bool sanitized)
{
	scmp_filter_ctx filter = make_allow_list(sanitized);

	add_list(filter, SCMP_ACT_ALLOW,
	    (const char *const[]){ "recvfrom", "sendmsg", "close",
		"rt_sigreturn", "restart_syscall", "exit", "exit_group",
		NULL });
	if (opens) {
		add_list(filter, SCMP_ACT_ALLOW,
		    (const char *const[]){ "open", "openat", "fstat", "lstat",
			"newfstatat", "statx", NULL });
		add_if(filter, SCMP_ACT_ALLOW, "fcntl",
		    (struct scmp_arg_cmp){ 1, SCMP_CMP_MASKED_EQ, LOW,
			F_SETFD });
		return filter;
	}
	add_list(filter, SCMP_ACT_ALLOW,
	    (const char *const[]){ "connect", NULL });
	add_if(filter, SCMP_ACT_ALLOW, "socket",
	    (struct scmp_arg_cmp){ 0, SCMP_CMP_EQ, AF_UNIX, 0 });
	return filter;
}

/*
 * Who keeps a program's namespaces watches a list of mounts and restricts those
 * that come; before Linux 5.12 each by its name.
 */
static scmp_filter_ctx
make_keeper(bool sanitized)
{
	scmp_filter_ctx filter = make_allow_list(sanitized);

	add_list(filter, SCMP_ACT_ALLOW,
	    (const char *const[]){ "poll", "ppoll", "read", "lseek", "fstat",
		"statx", "newfstatat", "openat", "close", "statfs", "fstatfs",
		"mount", "mount_setattr", "sendmsg", "brk", "munmap", "mremap",
		"madvise", "rt_sigreturn", "restart_syscall", "exit",
		"exit_group", NULL });
	return filter;
}

/* Who tells a client that is refused why: bytes on descriptors it has. */
static scmp_filter_ctx
make_refused(bool sanitized)
{
	scmp_filter_ctx filter = make_allow_list(sanitized);

	add_list(filter, SCMP_ACT_ALLOW,
	    (const char *const[]){ "read", "write", "poll", "ppoll", "close",
		"clock_gettime", "brk", "munmap", "mremap", "madvise",
		"rt_sigreturn", "restart_syscall", "exit", "exit_group",
		NULL });
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
	/* Else libseccomp asks the kernel of this machine what it knows. */
	if (seccomp_api_set(5) != 0)
		fail("libseccomp", "is older than 2.5");
	printf("/* Made by tools/mkfilters.c; do not edit. */\n");
	print_filter("code_files", make_files(false, sanitized));
	print_filter("code_files_read_only", make_files(true, sanitized));
	print_filter("code_program", make_program(CHANGES, true, false, false));
	print_filter("code_program_brokered",
	    make_program(BROKERED, true, false, false));
	print_filter("code_program_sets_modes",
	    make_program(SETS_MODES, true, false, false));
	print_filter("code_program_restores",
	    make_program(RESTORES, true, false, false));
	print_filter("code_program_create_only",
	    make_program(CREATES, true, false, false));
	print_filter("code_program_read_only",
	    make_program(READS, true, false, false));
	print_filter("code_program_attributes",
	    make_program(CHANGES, true, true, false));
	print_filter("code_program_attributes_create_only",
	    make_program(CREATES, true, true, false));
	print_filter("code_program_attributes_read_only",
	    make_program(READS, true, true, false));
	print_filter("code_program_looks",
	    make_program(BROKERED, true, false, true));
	print_filter("code_program_looks_read_only",
	    make_program(READS, true, false, true));
	print_filter("code_program_exec",
	    make_program(CHANGES, false, false, false));
	print_filter("code_program_exec_read_only",
	    make_program(READS, false, false, false));
	print_filter("code_no_symlinks",
	    make_none_of(program_symlinks, EACCES));
	print_filter("code_no_nodes", make_none_of(program_nodes, EACCES));
	print_filter("code_program_begun",
	    make_none_of(program_begins, ENOSYS));
	print_filter("code_supervisor",
	    make_supervisor(NULL, false, sanitized));
	print_filter("code_supervisor_create_only",
	    make_supervisor(supervisor_creates, false, sanitized));
	print_filter("code_supervisor_restores",
	    make_supervisor(supervisor_restores, false, sanitized));
	print_filter("code_supervisor_attributes",
	    make_supervisor(NULL, true, sanitized));
	print_filter("code_supervisor_attributes_create_only",
	    make_supervisor(supervisor_creates, true, sanitized));
	print_filter("code_attributes", make_attributes(sanitized));
	print_filter("code_keeper", make_keeper(sanitized));
	print_filter("code_log_helper", make_log_helper(false, sanitized));
	print_filter("code_log_opener", make_log_helper(true, sanitized));
	print_filter("code_refused", make_refused(sanitized));
	print_filter("code_network", make_network(sanitized));
	return fflush(stdout) == 0 ? 0 : 1;
}
