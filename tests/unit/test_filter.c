/*
 * What each filter lets through, refuses or kills: one system call by its
 * number in a child, with arguments that fail in a way of their own (EBADF,
 * EFAULT) where the filter lets them reach the kernel.
 */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "child.h"
#include "base/fd.h"
#include "broker/ancestors.h"
#include "confine/filter.h"
#include "sanitized.h"

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

enum { PASSES = -1, KILLED = -2 };

/* A call and its arguments: all of them, or the kernel sees what the registers
 * hold by chance. */
struct row {
	const char *name;
	long call;
	long args[6];
};

#define NO_FD (-1L)
#define ROW(name, ...)              \
	{                           \
#name, SYS_##name,  \
		{                   \
			__VA_ARGS__ \
		}                   \
	}

/* What changes files, in every internal subsystem's write mode only. */
static const struct row changes[] = {
	ROW(pwrite64, NO_FD),
	ROW(mkdirat, NO_FD, 0),
	ROW(mknodat, NO_FD, 0, S_IFREG | 0600),
	ROW(unlinkat, NO_FD, 0),
	ROW(renameat2, NO_FD, 0, NO_FD, 0),
	ROW(linkat, NO_FD, 0, NO_FD, 0),
	ROW(symlinkat, 0, NO_FD, 0),
	ROW(ftruncate, NO_FD),
	ROW(fallocate, NO_FD, 0, 0, 1),
	ROW(fchmod, NO_FD),
	ROW(fchown, NO_FD),
	ROW(fchownat, NO_FD, 0),
	ROW(fchmodat, NO_FD, 0),
	ROW(utimensat, NO_FD, 0, 1),
	ROW(fsync, NO_FD),
	ROW(copy_file_range, NO_FD, 0, NO_FD, 0, 1),
};

static const struct row looks[] = {
	ROW(read, NO_FD),
	ROW(write, NO_FD),
	ROW(pread64, NO_FD),
	ROW(fstat, NO_FD),
	ROW(statx, NO_FD, 0),
	ROW(getdents64, NO_FD),
	ROW(lseek, NO_FD),
	ROW(readlinkat, NO_FD, 0, 0, 1),
	ROW(fcntl, NO_FD),
	ROW(close, NO_FD),
#ifdef SYS_poll
	ROW(poll, 0, 0, 0),
#endif
	ROW(getpid, 0),
	ROW(sysinfo, 0),
	{ "a user's quota", 443, { NO_FD, 0x80000700 } },
	{ "a group's quota", 443, { NO_FD, 0x80000701 } },
};

/* Ways out, for which no internal subsystem has a use. */
static const struct row ways_out[] = {
	ROW(mknodat, NO_FD, 0, S_IFCHR),
	ROW(mknodat, NO_FD, 0, S_IFBLK),
	ROW(mknodat, NO_FD, 0, S_IFIFO),
	ROW(mknodat, NO_FD, 0, S_IFSOCK),
	ROW(mknodat, NO_FD, 0, 0),
	ROW(openat, NO_FD, 0),
	ROW(execve, 0),
	ROW(execveat, NO_FD, 0),
	ROW(socket, 1, 1, 0),
	ROW(connect, NO_FD),
	ROW(bind, NO_FD),
	ROW(ptrace, 0),
	ROW(process_vm_readv, 1),
	ROW(process_vm_writev, 1),
	ROW(kill, 1, 0),
	ROW(clone, SIGCHLD),
	ROW(clone3, 0),
	ROW(unshare, 0),
	ROW(setns, NO_FD),
	ROW(mount, 0),
	ROW(umount2, 0),
	ROW(pivot_root, 0),
	ROW(chroot, 0),
	ROW(chdir, 0),
	ROW(fchdir, NO_FD),
	ROW(bpf, 0),
	ROW(perf_event_open, 0),
	ROW(memfd_create, 0),
	ROW(keyctl, 0),
	ROW(setuid, 0),
	ROW(setgid, 0),
	ROW(capset, 0),
	ROW(seccomp, 0),
	ROW(setrlimit, 0),
	ROW(io_setup, 0),
	ROW(open_by_handle_at, NO_FD),
	{ "to set a quota", 443, { NO_FD, 0x80000800 } },
	{ "a project's quota", 443, { NO_FD, 0x80000702 } },
	{ "no quotas", 443, { NO_FD, 0x80000300 } },
	ROW(quotactl, 0),
	ROW(setxattr, 0),
	ROW(truncate, 0),
#ifdef SYS_open
	ROW(open, 0),
	ROW(stat, 0),
	ROW(chmod, 0),
	ROW(unlink, 0),
	ROW(rename, 0),
	ROW(fork, 0),
	ROW(vfork, 0),
#endif
};

struct trial {
	enum filter filter;
	struct row row;
};

/* Without any filter, for what the kernel itself answers: errno, or 0. */
static int
act_bare(const void *context)
{
	const struct trial *trial = context;
	const long *args = trial->row.args;

	return child_errno(syscall(trial->row.call, args[0], args[1], args[2],
	    args[3], args[4], args[5]));
}

static int
act_call(const void *context)
{
	const struct trial *trial = context;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    filter_load(trial->filter) != 0)
		return CHILD_FAILED;
	return act_bare(context);
}

static void
expect(enum filter filter, const struct row *row, int outcome)
{
	struct trial trial = { filter, *row };
	int result = child_run(1, act_call, &trial);

	if (outcome == KILLED)
		outcome = SANITIZED ? EPERM : CHILD_DIED + SIGSYS;
	else if (outcome == PASSES)
		outcome = child_run(1, act_bare, &trial);
	if (result != outcome)
		fail_msg("filter %d, %s: %d, not %d", (int)filter, row->name,
		    result, outcome);
}

#define EXPECT_ALL(filter, rows, outcome)                                   \
	do {                                                                \
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) \
			expect(filter, &(rows)[i], outcome);                \
	} while (0)

static void
internal_subsystems_look_and_change_by_descriptor(void **state)
{
	(void)state;
	EXPECT_ALL(FILTER_FILES, looks, PASSES);
	EXPECT_ALL(FILTER_FILES, changes, PASSES);
	EXPECT_ALL(FILTER_FILES_READ_ONLY, looks, PASSES);
}

static void
read_only_changes_nothing(void **state)
{
	(void)state;
	EXPECT_ALL(FILTER_FILES_READ_ONLY, changes, EPERM);
}

static void
internal_subsystems_die_of_every_way_out(void **state)
{
	(void)state;
	EXPECT_ALL(FILTER_FILES, ways_out, KILLED);
	EXPECT_ALL(FILTER_FILES_READ_ONLY, ways_out, KILLED);
	EXPECT_ALL(FILTER_REFUSED, ways_out, KILLED);
	EXPECT_ALL(FILTER_REFUSED, changes, KILLED);
}

/* Calls that a program may make or not, by filter. */
static const struct row program_denied[] = {
	ROW(socket, 1, 1, 0),
	ROW(connect, NO_FD),
	ROW(ptrace, 0),
	ROW(process_vm_readv, 1),
	ROW(mount, 0),
	ROW(umount2, 0),
	ROW(pivot_root, 0),
	ROW(chroot, 0),
	ROW(setns, NO_FD),
	ROW(unshare, 0),
	ROW(bpf, 0),
	ROW(perf_event_open, 0),
	ROW(memfd_create, 0),
	ROW(keyctl, 0),
	ROW(setuid, 0),
	ROW(setgid, 0),
	ROW(setgroups, 0),
	ROW(capset, 0),
	ROW(seccomp, 0),
	ROW(open_by_handle_at, NO_FD),
	ROW(io_setup, 0),
	ROW(execveat, NO_FD, 0),
	ROW(setpgid, 0, 0),
	ROW(setsid, 0),
	ROW(truncate, 0),
	ROW(splice, NO_FD),
	ROW(tee, NO_FD),
	ROW(vmsplice, NO_FD),
	ROW(setsockopt, NO_FD),
	ROW(sendto, NO_FD),
	ROW(recvmsg, NO_FD),
	ROW(mbind, 0),
	ROW(mq_open, 0),
	ROW(mq_timedsend, NO_FD),
	ROW(prctl, PR_SET_PDEATHSIG, 0),
	ROW(prctl, PR_SET_SECCOMP, 0),
	ROW(prctl, PR_GET_DUMPABLE),
	{ "lsm_set_self_attr", 460, { 0 } },
	{ "listns", 470, { 0 } },
	ROW(tgkill, 0x7ffffff0, 1, 0),
	ROW(kill, -1, 0),
	ROW(kill, 0xffffffff, 0),
	ROW(kill, -0x7ffffff0, 0),
	ROW(fcntl, NO_FD, F_SETOWN),
	ROW(fcntl, NO_FD, F_SETLEASE),
	ROW(fcntl, NO_FD, F_NOTIFY),
	ROW(fcntl, NO_FD, F_SETPIPE_SZ),
	ROW(prlimit64, 0x7ffffff0, RLIMIT_NOFILE, 0, 0),
	ROW(prlimit64, 0, RLIMIT_NOFILE, 1, 0),
	ROW(socketpair, AF_UNIX, SOCK_DGRAM, 0, 0),
	ROW(socketpair, AF_UNIX, SOCK_SEQPACKET, 0, 0),
	ROW(socketpair, AF_NETLINK, SOCK_STREAM, 0, 0),
	{ "clone, new users", SYS_clone, { CLONE_NEWUSER | SIGCHLD } },
	{ "clone, new mounts", SYS_clone, { CLONE_NEWNS | SIGCHLD } },
	{ "clone, new network", SYS_clone, { CLONE_NEWNET | SIGCHLD } },
	{ "clone, a sibling", SYS_clone, { CLONE_PARENT | SIGCHLD } },
	{ "a pair of datagrams", SYS_socketpair, { AF_UNIX, SOCK_DGRAM } },
	{ "... that close", SYS_socketpair,
	    { AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC } },
	{ "a pair of packets", SYS_socketpair, { AF_UNIX, SOCK_SEQPACKET } },
	{ "a raw pair", SYS_socketpair, { AF_UNIX, SOCK_RAW } },
	{ "a pair of no type", SYS_socketpair, { AF_UNIX, 0 } },
	{ "a pair of another family", SYS_socketpair,
	    { AF_INET, SOCK_STREAM } },
	ROW(sendto, NO_FD, 0, 0, 0, 1),
	ROW(sendmmsg, NO_FD, 0),
	ROW(recvmsg, NO_FD, 0),
	ROW(rt_sigqueueinfo, 0x7ffffff0, 0),
	ROW(rt_tgsigqueueinfo, 0x7ffffff0, 0x7ffffff0, 0),
	{ "an owner's signal", SYS_fcntl, { NO_FD, F_SETOWN } },
	{ "... of another kind", SYS_fcntl, { NO_FD, F_SETOWN_EX } },
	{ "which signal", SYS_fcntl, { NO_FD, F_SETSIG } },
	{ "a lease", SYS_fcntl, { NO_FD, F_SETLEASE } },
	{ "a directory's signals", SYS_fcntl, { NO_FD, F_NOTIFY } },
	{ "the parent's death", SYS_prctl, { PR_SET_PDEATHSIG, 0 } },
};

static const struct row program_allowed[] = {
	ROW(openat, NO_FD, 0),
	ROW(getdents64, NO_FD),
	ROW(getxattr, 0),
#ifdef SYS_poll
	ROW(poll, 0, 0, 0),
#endif
	ROW(fcntl, NO_FD, F_GETFL),
	ROW(fcntl, NO_FD, F_DUPFD_CLOEXEC),
	ROW(prlimit64, 0, RLIMIT_NOFILE, 0, 1),
	ROW(socketpair, AF_UNIX, SOCK_STREAM, 0, 0),
	ROW(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, 0),
};

static const struct row by_path[] = {
	ROW(fchmodat, NO_FD, 0),
	ROW(fchmodat2, NO_FD, 0),
	ROW(fchownat, NO_FD, 0),
	ROW(utimensat, NO_FD, 1),
	ROW(setxattr, 0),
	ROW(lsetxattr, 0),
	ROW(removexattr, 0),
	ROW(lremovexattr, 0),
#ifdef SYS_chmod
	ROW(chmod, 0),
	ROW(chown, 0),
	ROW(lchown, 0),
	ROW(utimes, 0),
#endif
};

static const struct row mode_by_descriptor = ROW(fchmod, NO_FD);

static const struct row by_descriptor[] = {
	ROW(fchown, NO_FD),
	ROW(fsetxattr, NO_FD),
	ROW(fremovexattr, NO_FD),
	ROW(utimensat, NO_FD, 0),
};

static const enum filter programs[] = { FILTER_PROGRAM, FILTER_PROGRAM_BROKERED,
	FILTER_PROGRAM_SETS_MODES, FILTER_PROGRAM_READ_ONLY,
	FILTER_PROGRAM_CREATE_ONLY, FILTER_PROGRAM_EXEC,
	FILTER_PROGRAM_EXEC_READ_ONLY, FILTER_PROGRAM_LOOKS,
	FILTER_PROGRAM_LOOKS_READ_ONLY };

/* As a log is opened: the supervisor is asked. */
static void
a_log_is_asked_about(void **state)
{
	static const enum filter asking[] = { FILTER_PROGRAM,
		FILTER_PROGRAM_BROKERED, FILTER_PROGRAM_SETS_MODES,
		FILTER_PROGRAM_CREATE_ONLY, FILTER_PROGRAM_READ_ONLY };
	struct row row = { "openat", SYS_openat, { NO_FD, 1 } };

	(void)state;
	row.args[2] = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
	for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++)
		expect(asking[i], &row, ENOSYS);
	expect(FILTER_PROGRAM_EXEC, &row, PASSES);
	expect(FILTER_PROGRAM_EXEC_READ_ONLY, &row, EPERM);
}

/* All there are: access, O_TRUNC, O_CREAT, O_EXCL, O_APPEND, and others. */
static void
opens_are_allowed_by_what_they_do(void **state)
{
	static const long bits[] = { O_TRUNC, O_CREAT, O_EXCL, O_APPEND,
		O_CLOEXEC | O_NOFOLLOW };
	const long log = O_WRONLY | O_CREAT | O_APPEND;
	const long seen = FD_ACCESS | O_TRUNC | O_CREAT | O_EXCL | O_APPEND;
	struct row row = { "openat", SYS_openat, { NO_FD, 1 } };

	(void)state;
	for (long access = 0; access <= FD_ACCESS; access++) {
		for (int set = 0; set < 32; set++) {
			long flags = access;
			bool reads, is_log, is_unseen;

			for (int bit = 0; bit < 5; bit++)
				flags |= (set >> bit & 1) != 0 ? bits[bit] : 0;
			reads = access == O_RDONLY &&
				(flags & (O_TRUNC | O_CREAT)) == 0;
			is_log = (flags & seen) == log;
			/* Landlock sees neither what reads nor what writes. */
			is_unseen =
			    (access == FD_ACCESS ||
				(access == O_RDONLY &&
				    (flags & O_TRUNC) != 0)) &&
			    (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
			row.args[2] = flags;
			expect(FILTER_PROGRAM, &row,
			    is_unseen ? EPERM
			    : is_log  ? ENOSYS
				      : PASSES);
			expect(FILTER_PROGRAM_BROKERED, &row,
			    is_unseen ? EPERM
			    : is_log  ? ENOSYS
				      : PASSES);
			expect(FILTER_PROGRAM_SETS_MODES, &row,
			    is_unseen ? EPERM
			    : is_log  ? ENOSYS
				      : PASSES);
			expect(FILTER_PROGRAM_EXEC, &row,
			    is_unseen ? EPERM : PASSES);
			expect(FILTER_PROGRAM_READ_ONLY, &row,
			    reads    ? PASSES
			    : is_log ? ENOSYS
				     : EPERM);
			expect(FILTER_PROGRAM_EXEC_READ_ONLY, &row,
			    reads ? PASSES : EPERM);
			expect(FILTER_PROGRAM_CREATE_ONLY, &row,
			    reads       ? PASSES
			    : is_unseen ? EPERM
					: ENOSYS);
		}
	}
}

/* Only where the supervisor may have the directories above the root. */
static void
directories_to_pass_through_are_asked_about(void **state)
{
	static const enum filter asking[] = { FILTER_PROGRAM_BROKERED,
		FILTER_PROGRAM_SETS_MODES, FILTER_PROGRAM_CREATE_ONLY,
		FILTER_PROGRAM_READ_ONLY };
	static const enum filter others[] = { FILTER_PROGRAM,
		FILTER_PROGRAM_EXEC, FILTER_PROGRAM_EXEC_READ_ONLY,
		FILTER_PROGRAM_ATTRIBUTES,
		FILTER_PROGRAM_ATTRIBUTES_CREATE_ONLY,
		FILTER_PROGRAM_ATTRIBUTES_READ_ONLY };
	static const long bits[] = { O_DIRECTORY, O_CLOEXEC, O_NONBLOCK, O_PATH,
		O_NOFOLLOW };
	struct row row = { "openat", SYS_openat, { NO_FD, 1 } };

	(void)state;
	for (int set = 0; set < 32; set++) {
		row.args[2] = O_RDONLY;
		for (int bit = 0; bit < 5; bit++)
			row.args[2] |= (set >> bit & 1) != 0 ? bits[bit] : 0;
		for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++)
			expect(asking[i], &row,
			    (set & 0xf) == 3 ? ENOSYS : PASSES);
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			expect(others[i], &row, PASSES);
	}
}

/* ... and what closes one of them. */
static void
numbers_that_are_set_aside_are_asked_about(void **state)
{
	static const struct row inside[] = { ROW(close, ANCESTORS_FIRST),
		ROW(close, ANCESTORS_FIRST + ANCESTORS_MAX - 1) };
	static const struct row outside[] = { ROW(close, ANCESTORS_FIRST - 1),
		ROW(close, ANCESTORS_FIRST + ANCESTORS_MAX), ROW(close, NO_FD),
		ROW(close, 2 * ANCESTORS_FIRST) };

	(void)state;
	EXPECT_ALL(FILTER_PROGRAM_BROKERED, inside, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_SETS_MODES, inside, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_CREATE_ONLY, inside, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_READ_ONLY, inside, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_BROKERED, outside, PASSES);
	EXPECT_ALL(FILTER_PROGRAM_SETS_MODES, outside, PASSES);
	EXPECT_ALL(FILTER_PROGRAM_CREATE_ONLY, outside, PASSES);
	EXPECT_ALL(FILTER_PROGRAM_READ_ONLY, outside, PASSES);
	EXPECT_ALL(FILTER_PROGRAM, inside, PASSES);
	EXPECT_ALL(FILTER_PROGRAM_EXEC, inside, PASSES);
}

/* Whose flags can't be seen, or that truncates what has a name. */
static void
nothing_is_opened_for_writing_by_another_call(void **state)
{
	static const struct row how = ROW(openat2, NO_FD);
	static const struct row cut = ROW(truncate, 0);
	static const enum filter strict[] = { FILTER_PROGRAM_READ_ONLY,
		FILTER_PROGRAM_EXEC_READ_ONLY, FILTER_PROGRAM_CREATE_ONLY };

	(void)state;
	expect(FILTER_PROGRAM_BROKERED, &how, ENOSYS);
	expect(FILTER_PROGRAM_SETS_MODES, &how, ENOSYS);
	for (size_t i = 0; i < sizeof(strict) / sizeof(strict[0]); i++) {
		expect(strict[i], &how, ENOSYS);
		expect(strict[i], &cut, ENOSYS);
#ifdef SYS_open
		static const struct row creat = ROW(creat, 0);
		static const struct row open = ROW(open, 0, O_RDONLY | O_TRUNC);

		expect(strict[i], &creat, EPERM);
		expect(strict[i], &open, EPERM);
#endif
	}
	expect(FILTER_PROGRAM, &how, PASSES);
	expect(FILTER_PROGRAM, &cut, ENOSYS);
}

/* Of its own open files. */
static const struct row by_file[] = {
	ROW(ftruncate, NO_FD),
	ROW(fallocate, NO_FD, 0, 0, 1),
	ROW(fsync, NO_FD),
	ROW(fdatasync, NO_FD),
};

static const struct row by_name[] = {
	ROW(mkdirat, NO_FD, 0),
	ROW(mknodat, NO_FD, 0),
	ROW(linkat, NO_FD, 0, NO_FD, 0),
	ROW(symlinkat, 0, NO_FD, 0),
	ROW(renameat2, NO_FD, 0, NO_FD, 0),
	ROW(unlinkat, NO_FD, 0),
#ifdef SYS_open
	ROW(mkdir, 0),
	ROW(mknod, 0),
	ROW(link, 0),
	ROW(symlink, 0),
	ROW(rename, 0),
	ROW(unlink, 0),
	ROW(rmdir, 0),
#endif
};

/* Notified, where nobody listens: ENOSYS. */
static void
create_only_asks_about_each_change(void **state)
{
	static const struct row mask = ROW(umask, 022);

	(void)state;
	EXPECT_ALL(FILTER_PROGRAM_CREATE_ONLY, by_name, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_CREATE_ONLY, by_path, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_CREATE_ONLY, by_descriptor, ENOSYS);
	expect(FILTER_PROGRAM_CREATE_ONLY, &mode_by_descriptor, ENOSYS);
	expect(FILTER_PROGRAM_CREATE_ONLY, &mask, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_CREATE_ONLY, by_file, PASSES);
}

static void
read_only_programs_change_nothing(void **state)
{
	(void)state;
	EXPECT_ALL(FILTER_PROGRAM_READ_ONLY, by_name, EPERM);
	EXPECT_ALL(FILTER_PROGRAM_READ_ONLY, by_file, EPERM);
	EXPECT_ALL(FILTER_PROGRAM_EXEC_READ_ONLY, by_name, EPERM);
	EXPECT_ALL(FILTER_PROGRAM_EXEC_READ_ONLY, by_file, EPERM);
	EXPECT_ALL(FILTER_PROGRAM, by_name, PASSES);
	EXPECT_ALL(FILTER_PROGRAM, by_file, PASSES);
}

static void
no_program_has_a_way_out(void **state)
{
	static const struct row clone3 = ROW(clone3, 0);
	static const struct row terminal = { "ioctl", SYS_ioctl,
		{ NO_FD, TIOCSTI } };

	(void)state;
	for (size_t p = 0; p < sizeof(programs) / sizeof(programs[0]); p++) {
		EXPECT_ALL(programs[p], program_denied, ENOSYS);
		EXPECT_ALL(programs[p], program_allowed, PASSES);
		/* Its flags can't be seen: libc takes clone then. */
		expect(programs[p], &clone3, ENOSYS);
		expect(programs[p], &terminal, ENOTTY);
	}
}

/* Without a listener what is to be asked about fails with ENOSYS. */
static void
metadata_is_given_asked_about_or_refused(void **state)
{
	static const struct {
		enum filter filter;
		int by_path, by_descriptor, mode_by_descriptor;
	} table[] = {
		{ FILTER_PROGRAM, PASSES, PASSES, PASSES },
		{ FILTER_PROGRAM_EXEC, PASSES, PASSES, PASSES },
		{ FILTER_PROGRAM_BROKERED, ENOSYS, ENOSYS, ENOSYS },
		{ FILTER_PROGRAM_SETS_MODES, ENOSYS, ENOSYS, PASSES },
		{ FILTER_PROGRAM_RESTORES, ENOSYS, ENOSYS, ENOSYS },
		{ FILTER_PROGRAM_LOOKS, ENOSYS, ENOSYS, ENOSYS },
		{ FILTER_PROGRAM_READ_ONLY, EPERM, EPERM, EPERM },
		{ FILTER_PROGRAM_EXEC_READ_ONLY, EPERM, EPERM, EPERM },
	};

	(void)state;
	for (size_t at = 0; at < sizeof(table) / sizeof(table[0]); at++) {
		EXPECT_ALL(table[at].filter, by_path, table[at].by_path);
		EXPECT_ALL(table[at].filter, by_descriptor,
		    table[at].by_descriptor);
		expect(table[at].filter, &mode_by_descriptor,
		    table[at].mode_by_descriptor);
	}
}

static void
what_is_not_to_be_made_fails(void **state)
{
	static const struct row symlink = ROW(symlinkat, 0, NO_FD, 0);
	static const struct row node = ROW(mknodat, NO_FD, 0);
	static const struct row link = ROW(linkat, NO_FD, 0, NO_FD, 0);

	static const struct row begins[] = { ROW(sendmsg, NO_FD, 0),
		ROW(seccomp, SECCOMP_SET_MODE_FILTER, 0, 0) };

	(void)state;
	EXPECT_ALL(FILTER_PROGRAM, begins, PASSES);
	EXPECT_ALL(FILTER_PROGRAM_BEGUN, begins, ENOSYS);
	expect(FILTER_PROGRAM_BEGUN, &symlink, PASSES);
	expect(FILTER_NO_SYMLINKS, &symlink, EACCES);
	expect(FILTER_NO_SYMLINKS, &node, PASSES);
	expect(FILTER_NO_SYMLINKS, &link, PASSES);
	expect(FILTER_NO_NODES, &node, EACCES);
	expect(FILTER_NO_NODES, &symlink, PASSES);
#ifdef SYS_open
	static const struct row old_symlink = ROW(symlink, 0);
	static const struct row old_node = ROW(mknod, 0);

	expect(FILTER_NO_SYMLINKS, &old_symlink, EACCES);
	expect(FILTER_NO_NODES, &old_node, EACCES);
#endif
}

/* Notified: without a listener that is ENOSYS. */
static void
attributes_are_asked_about_where_another_process_has_them(void **state)
{
	static const struct row read[] = { ROW(getxattr, 0), ROW(lgetxattr, 0),
		ROW(fgetxattr, NO_FD), ROW(listxattr, 0), ROW(llistxattr, 0),
		ROW(flistxattr, NO_FD) };
	static const struct row changed[] = { ROW(setxattr, 0),
		ROW(lsetxattr, 0), ROW(fsetxattr, NO_FD), ROW(removexattr, 0),
		ROW(lremovexattr, 0), ROW(fremovexattr, NO_FD) };

	(void)state;
	EXPECT_ALL(FILTER_PROGRAM, read, PASSES);
	EXPECT_ALL(FILTER_PROGRAM, changed, PASSES);
	EXPECT_ALL(FILTER_PROGRAM_READ_ONLY, read, PASSES);
	EXPECT_ALL(FILTER_PROGRAM_ATTRIBUTES, read, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_ATTRIBUTES, changed, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_ATTRIBUTES_CREATE_ONLY, read, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_ATTRIBUTES_CREATE_ONLY, changed, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_ATTRIBUTES_READ_ONLY, read, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_ATTRIBUTES_READ_ONLY, changed, EPERM);
}

/* The same. What is new is no device, so a program makes it itself. */
static void
restores_ask_about_what_could_be_a_device(void **state)
{
	static const struct row asked[] = {
		ROW(openat, NO_FD, 0, O_RDONLY),
		ROW(openat, NO_FD, 0, O_RDWR),
		ROW(openat, NO_FD, 0, O_WRONLY | O_CREAT),
		ROW(openat, NO_FD, 0, O_RDONLY | O_DIRECTORY),
		ROW(mknodat, NO_FD, 0),
		ROW(umask, 022),
		ROW(fsetxattr, NO_FD),
	};
	static const struct row missing[] = { ROW(openat2, NO_FD, 0, 0, 0) };
	static const struct row own =
	    ROW(openat, NO_FD, 0, O_RDWR | O_CREAT | O_EXCL);

	(void)state;
	EXPECT_ALL(FILTER_PROGRAM_RESTORES, asked, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_RESTORES, missing, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_RESTORES, by_path, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_RESTORES, program_denied, ENOSYS);
	expect(FILTER_PROGRAM_RESTORES, &own, PASSES);
	expect(FILTER_PROGRAM_BROKERED, &asked[0], PASSES);
	expect(FILTER_PROGRAM_BROKERED, &asked[4], PASSES);
}

/* The same. Of an open file it is nobody's business. */
static void
looks_by_name_are_asked_about_where_a_client_names_files(void **state)
{
	static const struct row named[] = {
#ifdef SYS_lstat
		ROW(stat, 0),
		ROW(lstat, 0),
#endif
		ROW(newfstatat, NO_FD, 0, 0, 0),
		ROW(newfstatat, NO_FD, 0, 0, AT_SYMLINK_NOFOLLOW),
		ROW(statx, NO_FD, 0, 0, 0, 0),
		ROW(statx, NO_FD, 0, AT_SYMLINK_NOFOLLOW, 0, 0),
	};
	static const struct row open_files[] = { ROW(fstat, NO_FD),
		ROW(newfstatat, NO_FD, 0, 0, AT_EMPTY_PATH),
		ROW(statx, NO_FD, 0, AT_EMPTY_PATH, 0, 0) };

	(void)state;
	EXPECT_ALL(FILTER_PROGRAM_BROKERED, named, PASSES);
	EXPECT_ALL(FILTER_PROGRAM_READ_ONLY, named, PASSES);
	EXPECT_ALL(FILTER_PROGRAM_LOOKS, named, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_LOOKS_READ_ONLY, named, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_LOOKS, open_files, PASSES);
	EXPECT_ALL(FILTER_PROGRAM_LOOKS_READ_ONLY, open_files, PASSES);
	/* In all else they are what they come from. */
	EXPECT_ALL(FILTER_PROGRAM_LOOKS, by_path, ENOSYS);
	EXPECT_ALL(FILTER_PROGRAM_LOOKS_READ_ONLY, by_path, EPERM);
	EXPECT_ALL(FILTER_PROGRAM_LOOKS_READ_ONLY, by_descriptor, EPERM);
}

static void
execve_is_asked_about_or_left_to_the_namespace(void **state)
{
	static const struct row row = ROW(execve, 0);

	(void)state;
	expect(FILTER_PROGRAM, &row, ENOSYS);
	expect(FILTER_PROGRAM_BROKERED, &row, ENOSYS);
	expect(FILTER_PROGRAM_SETS_MODES, &row, ENOSYS);
	expect(FILTER_PROGRAM_READ_ONLY, &row, ENOSYS);
	expect(FILTER_PROGRAM_EXEC, &row, PASSES);
	expect(FILTER_PROGRAM_EXEC_READ_ONLY, &row, PASSES);
}

/* Notified: without a listener that is ENOSYS. */
static void
signals_are_asked_about_where_there_is_a_listener(void **state)
{
	static const struct row row = ROW(kill, 0x7ffffff0, 0);

	(void)state;
	expect(FILTER_PROGRAM, &row, ENOSYS);
	expect(FILTER_PROGRAM_BROKERED, &row, ENOSYS);
	expect(FILTER_PROGRAM_SETS_MODES, &row, ENOSYS);
	expect(FILTER_PROGRAM_CREATE_ONLY, &row, ENOSYS);
	expect(FILTER_PROGRAM_READ_ONLY, &row, ENOSYS);
	expect(FILTER_PROGRAM_EXEC, &row, PASSES);
	expect(FILTER_PROGRAM_EXEC_READ_ONLY, &row, PASSES);
}

static void
supervisor_waits_and_carries_out_and_no_more(void **state)
{
	static const struct row allowed[] = {
		ROW(read, NO_FD),
		ROW(close, NO_FD),
		ROW(wait4, 0x7ffffff0, 0, 0),
		ROW(kill, 0x7ffffff0, 0),
		ROW(getpgid, 0x7ffffff0),
		ROW(pidfd_send_signal, NO_FD, 0, 0, 0),
#ifdef SYS_poll
		ROW(poll, 0, 0, 0),
#endif
		ROW(openat, NO_FD, 0),
		ROW(fchownat, NO_FD, 0),
		ROW(utimensat, NO_FD, 1),
		ROW(process_vm_readv, 0x7ffffff0, 0, 0, 0, 0, 1),
	};
	static const struct row killed[] = {
		ROW(execve, 0),
		ROW(execveat, NO_FD, 0),
		ROW(socket, 1, 1, 0),
		ROW(connect, NO_FD),
		ROW(clone, SIGCHLD),
		ROW(ptrace, 0),
		ROW(process_vm_writev, 1),
		ROW(unlinkat, NO_FD, 0),
		ROW(mkdirat, NO_FD, 0),
		ROW(renameat2, NO_FD, 0, NO_FD, 0),
		ROW(mount, 0),
		ROW(unshare, 0),
		ROW(memfd_create, 0),
		ROW(setuid, 0),
		{ "ioctl of a terminal", SYS_ioctl, { NO_FD, TCGETS } },
	};

	(void)state;
	EXPECT_ALL(FILTER_SUPERVISOR, allowed, PASSES);
	EXPECT_ALL(FILTER_SUPERVISOR, killed, KILLED);
}

/* musl's open(2) with O_CLOEXEC is followed by F_SETFD. */
static void
the_log_is_reached_by_a_socket_or_by_its_name(void **state)
{
	static const struct row opens[] = {
#ifdef SYS_open
		ROW(open, 0),
		ROW(lstat, 0),
#endif
		ROW(openat, NO_FD, 0),
		ROW(fstat, NO_FD),
		ROW(fcntl, NO_FD, F_SETFD, FD_CLOEXEC),
	};
	static const struct row connects[] = {
		ROW(socket, AF_UNIX, SOCK_DGRAM, 0),
		ROW(connect, NO_FD),
	};
	static const struct row foreign[] = {
		ROW(socket, AF_INET, SOCK_DGRAM, 0),
		ROW(fcntl, NO_FD, F_SETOWN),
		ROW(fcntl, NO_FD, F_DUPFD, 0),
		ROW(unlinkat, NO_FD, 0),
		ROW(execve, 0),
	};

	(void)state;
	EXPECT_ALL(FILTER_LOG_OPENER, opens, PASSES);
	EXPECT_ALL(FILTER_LOG_OPENER, connects, KILLED);
	EXPECT_ALL(FILTER_LOG_OPENER, foreign, KILLED);
	EXPECT_ALL(FILTER_LOG_HELPER, connects, PASSES);
	EXPECT_ALL(FILTER_LOG_HELPER, opens, KILLED);
	EXPECT_ALL(FILTER_LOG_HELPER, foreign, KILLED);
}

/* Newer than any that we know: libc falls back, nobody is killed. */
static void
unknown_calls_are_missing(void **state)
{
	static const struct row unknown = { "1000", 1000, { 0 } };

	(void)state;
	for (enum filter filter = 0; filter < FILTER_COUNT; filter++)
		expect(filter, &unknown, ENOSYS);
}

/* Another architecture's numbers would pass every comparison. */
static void
foreign_numbers_are_killed(void **state)
{
#ifdef __x86_64__
	static const struct row x32 = { "x32", 0x40000000 | SYS_getpid, { 0 } };

	(void)state;
	for (enum filter filter = 0; filter < FILTER_COUNT; filter++) {
		struct trial trial = { filter, x32 };

		assert_int_equal(child_run(1, act_call, &trial),
		    CHILD_DIED + SIGSYS);
	}
#else
	(void)state;
#endif
}

/* What allows code to be made of data. */
static int
act_map(const void *context)
{
	const int *protection = context;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    filter_load(FILTER_FILES) != 0)
		return CHILD_FAILED;
	return child_errno(
	    syscall(SYS_mmap, 0L, 4096L, (long)*protection,
		(long)(MAP_PRIVATE | MAP_ANONYMOUS), -1L, 0L) == -1
		? -1
		: 0);
}

/* musl's malloc maps room for its records that is nothing yet. */
static int
act_protect(const void *context)
{
	const int *protection = context;
	void *at =
	    mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    filter_load(FILTER_FILES) != 0)
		return CHILD_FAILED;
	return child_errno(mprotect(at, 4096, *protection));
}

static void
memory_does_not_become_code(void **state)
{
	static const int data = PROT_READ | PROT_WRITE;
	static const int code = PROT_READ | PROT_EXEC;

	(void)state;
	assert_int_equal(child_run(0, act_map, &data), 0);
	assert_int_equal(child_run(0, act_protect, &data), 0);
	if (SANITIZED)
		return;
	assert_int_equal(child_run(0, act_map, &code), CHILD_DIED + SIGSYS);
	assert_int_equal(child_run(0, act_protect, &code), CHILD_DIED + SIGSYS);
}

static int
act_without_no_new_privs(const void *context)
{
	(void)context;
	return child_errno(filter_load(FILTER_FILES));
}

static void
ordinary_user_needs_no_new_privs(void **state)
{
	(void)state;
	assert_int_equal(child_run(1, act_without_no_new_privs, NULL), EACCES);
}

static int
act_listener(const void *context)
{
	int fd;

	(void)context;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return CHILD_FAILED;
	fd = filter_load_with_listener(FILTER_PROGRAM);
	if (fd < 0 || fcntl(fd, F_GETFD) != FD_CLOEXEC)
		return 1;
	/* Only one may listen. */
	return filter_load_with_listener(FILTER_PROGRAM) == -1 ? 0 : 2;
}

static void
listener_is_closed_by_exec_and_the_only_one(void **state)
{
	(void)state;
	assert_int_equal(child_run(1, act_listener, NULL), 0);
}

/* seccomp(2) of an older kernel: flags beyond the fourth are unknown. */
static int
act_old_kernel(const void *context)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1 << 5, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 6, code };

	(void)context;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		return CHILD_FAILED;
	return filter_load_with_listener(FILTER_PROGRAM) >= 0 ? 0 : errno;
}

static void
older_kernel_gives_a_listener_too(void **state)
{
	(void)state;
	assert_int_equal(child_run(1, act_old_kernel, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    internal_subsystems_look_and_change_by_descriptor),
		cmocka_unit_test(read_only_changes_nothing),
		cmocka_unit_test(internal_subsystems_die_of_every_way_out),
		cmocka_unit_test(a_log_is_asked_about),
		cmocka_unit_test(opens_are_allowed_by_what_they_do),
		cmocka_unit_test(directories_to_pass_through_are_asked_about),
		cmocka_unit_test(numbers_that_are_set_aside_are_asked_about),
		cmocka_unit_test(nothing_is_opened_for_writing_by_another_call),
		cmocka_unit_test(create_only_asks_about_each_change),
		cmocka_unit_test(read_only_programs_change_nothing),
		cmocka_unit_test(no_program_has_a_way_out),
		cmocka_unit_test(metadata_is_given_asked_about_or_refused),
		cmocka_unit_test(what_is_not_to_be_made_fails),
		cmocka_unit_test(
		    attributes_are_asked_about_where_another_process_has_them),
		cmocka_unit_test(restores_ask_about_what_could_be_a_device),
		cmocka_unit_test(
		    looks_by_name_are_asked_about_where_a_client_names_files),
		cmocka_unit_test(
		    execve_is_asked_about_or_left_to_the_namespace),
		cmocka_unit_test(supervisor_waits_and_carries_out_and_no_more),
		cmocka_unit_test(the_log_is_reached_by_a_socket_or_by_its_name),
		cmocka_unit_test(unknown_calls_are_missing),
		cmocka_unit_test(
		    signals_are_asked_about_where_there_is_a_listener),
		cmocka_unit_test(foreign_numbers_are_killed),
		cmocka_unit_test(memory_does_not_become_code),
		cmocka_unit_test(ordinary_user_needs_no_new_privs),
		cmocka_unit_test(listener_is_closed_by_exec_and_the_only_one),
		cmocka_unit_test(older_kernel_gives_a_listener_too),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
