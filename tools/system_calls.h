/*
 * Which system call is treated how: the lists from which tools/mkfilters.c
 * makes the filters. A name that neither libseccomp nor the table of newer
 * ones knows fails the build; one that a machine doesn't have is passed over
 * for it.
 */
#ifndef FILESONLY_TOOLS_SYSTEM_CALLS_H
#define FILESONLY_TOOLS_SYSTEM_CALLS_H

#include <stddef.h>
#include <stdint.h>

#define NEWEST_KNOWN 469 /* Linux 6.18: file_setattr */

#define FIRST_NEWER 424 /* from here on all machines count alike */

/* Numbers that this libseccomp may not know by name. */
static const struct {
	const char *name;
	uint32_t number;
} newer[] = {
	{ "pidfd_open", 434 },
	{ "clone3", 435 },
	{ "openat2", 437 },
	{ "pidfd_getfd", 438 },
	{ "faccessat2", 439 },
	{ "quotactl_fd", 443 },
	{ "fchmodat2", 452 },
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

/* What internal subsystems need in order to read; glibc's qsort asks for the
 * size of the memory (sysinfo) where it sorts more than a KiB. */
static const char *const files_read[] = { "read", "readv", "pread64", "write",
	"writev", "close", "openat2", "fstat", "newfstatat", "statx", "fstatfs",
	"fstatfs64", "getdents64", "lseek", "_llseek", "readlinkat", "splice",
	"pipe2", "fadvise64", "fcntl", "fcntl64", "poll", "ppoll", "brk",
	"munmap", "mremap", "madvise", "rt_sigreturn", "rt_sigaction",
	"rt_sigprocmask", "getrandom", "clock_gettime", "clock_nanosleep",
	"nanosleep", "gettimeofday", "time", "futex", "exit", "exit_group",
	"getpid", "restart_syscall", "sendto", "sendmsg", "recvmsg", "sendmmsg",
	"statfs", "sysinfo", "umask", NULL };

/* ... and to change files; EPERM where the mode is read-only. */
static const char *const files_change[] = { "pwrite64", "mkdirat", "unlinkat",
	"renameat", "renameat2", "linkat", "symlinkat", "ftruncate",
	"fallocate", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat",
	"utimensat", "fsync", "fdatasync", "syncfs", "copy_file_range",
	"name_to_handle_at", "flock", NULL };

/* The sanitizers' run time, in builds for tests. */
static const char *const sanitizers[] = { "sigaltstack", "gettid", "tgkill",
	"mprotect", "mmap", "prctl", "sched_yield", "getuid", "dup", NULL };

/*
 * A program's: what rsync calls in every mode. Measured over our end-to-end
 * tests with rsync 3.2.7 and 3.5.0 on glibc, and what musl and other
 * releases of both call in place of it. What is in none of these lists is
 * ENOSYS, so that a newer libc does what it did before there was the call.
 *
 * Left out on purpose are all sockets but a pair of streams, messages and
 * shared memory, other processes but by a signal, everything that makes
 * descriptors of something else than files and pipes, mounts, keys, io_uring
 * and openat2, whose flags can't be seen (below).
 */
static const char *const program_always[] = {
	/* descriptors */
	"read", "readv", "pread64", "write", "writev", "pwrite64", "lseek",
	"_llseek", "dup", "dup2", "dup3", "pipe", "pipe2", "poll", "ppoll",
	"select", "pselect6",
	/* what files are like, but for program_looks */
	"fstat", "statfs", "fstatfs", "access", "faccessat", "faccessat2",
	"readlink", "readlinkat", "getdents", "getdents64", "getcwd", "chdir",
	"fchdir", "fadvise64",
	/* memory, which may become code: libraries are mapped */
	"brk", "mmap", "munmap", "mremap", "mprotect", "madvise",
	/* itself and its children */
	"fork", "vfork", "exit", "exit_group", "wait4", "waitid", "getpid",
	"getppid", "gettid", "getpgrp", "getpgid", "getuid", "geteuid",
	"getgid", "getegid", "getgroups", "getrlimit", "getrusage", "times",
	"uname", "sysinfo", "getrandom", "arch_prctl", "set_tid_address",
	"set_robust_list", "rseq", "futex", "sched_yield", "sched_getaffinity",
	"membarrier", "rt_sigaction", "rt_sigprocmask", "rt_sigpending",
	"rt_sigsuspend", "rt_sigreturn", "sigaltstack", "pause",
	"restart_syscall",
	/* time */
	"time", "gettimeofday", "clock_gettime", "clock_getres", "nanosleep",
	"clock_nanosleep", "alarm", "getitimer", "setitimer", NULL
};

/* What a name leads to. Of newfstatat and statx that is narrowed: they are
 * fstat, too. */
static const char *const program_looks[] = { "stat", "lstat", NULL };

/*
 * By these our child passes its listener and then, before it executes, takes
 * them from itself: descriptors that are on their way through a socket count
 * for the whole account, so that a program could use up what other sessions
 * need to begin.
 */
static const char *const program_begins[] = { "sendmsg", "seccomp", NULL };

/* Its own open files. */
static const char *const program_bytes[] = { "ftruncate", "fallocate", "fsync",
	"fdatasync", "sync_file_range", NULL };

/* Names that are made, taken away or replaced. */
static const char *const program_names[] = { "mkdir", "mkdirat", "link",
	"linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat",
	"rmdir", NULL };

/* ... symlinks and, apart, devices and pipes. */
static const char *const program_symlinks[] = { "symlink", "symlinkat", NULL };
static const char *const program_nodes[] = { "mknod", "mknodat", NULL };

/* Metadata of what a path names; of a descriptor where utimensat has none. For
 * fchmod see mkfilters.c. */
static const char *const metadata_by_path[] = { "chmod", "fchmodat",
	"fchmodat2", "chown", "lchown", "fchownat", "utimes", "futimesat",
	"utimensat", NULL };
static const char *const metadata_by_descriptor[] = { "fchown", NULL };

/* Attributes, as they are read and as they are changed. */
static const char *const attributes_read[] = { "getxattr", "lgetxattr",
	"fgetxattr", "listxattr", "llistxattr", "flistxattr", NULL };
static const char *const attributes_by_path[] = { "setxattr", "lsetxattr",
	"removexattr", "lremovexattr", NULL };
static const char *const attributes_by_descriptor[] = { "fsetxattr",
	"fremovexattr", NULL };

/* What the supervisor of a program needs to wait and to carry out calls. */
static const char *const supervisor[] = { "read", "write", "close", "openat",
	"openat2", "lstat", "dup", "fcntl", "getuid", "geteuid", "gettid",
	"readlinkat", "readlink", "fstat", "newfstatat", "fchmodat2",
	"fchmodat", "fchownat", "utimensat", "setxattr", "removexattr",
	"process_vm_readv", "pidfd_open", "pidfd_getfd", "poll", "ppoll",
	"wait4", "waitid", "kill", "brk", "munmap", "mremap", "madvise",
	"rt_sigreturn", "rt_sigaction", "rt_sigprocmask", "rt_sigtimedwait",
	"clock_gettime", "nanosleep", "clock_nanosleep", "gettimeofday", "time",
	"futex", "exit", "exit_group", "getpid", "restart_syscall", "sendto",
	"sendmmsg", "recvmsg", "writev", "getrandom", "lseek", "splice",
	"syncfs", NULL };

/* ... and to send a program's signals for it. */
static const char *const supervisor_signals[] = { "getpgid",
	"pidfd_send_signal", NULL };

/* ... and in create-only to make and to judge. */
static const char *const supervisor_creates[] = { "statx", "fstatfs",
	"fstatfs64", "name_to_handle_at", "umask", "mkdirat", "mknodat",
	"linkat", "symlinkat", "renameat2", "unlinkat", "ftruncate", "flock",
	NULL };

/* ... and for root's restores outside of a namespace to make devices. */
static const char *const supervisor_restores[] = { "mknodat", "umask", NULL };

/* ... and where another process has the attributes, to ask it. */
static const char *const supervisor_attributes[] = { "sendmsg",
	"process_vm_writev", NULL };

#endif
