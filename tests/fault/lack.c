/*
 * Runs a command on a kernel that lacks things:
 *
 *     lack CALL=ERRNO... -- COMMAND...
 *
 * CALL is landlock, openat2, unshare, userns (clone with CLONE_NEWUSER),
 * clone3, setns, mount, umount, pivot_root, mount_setattr, memory (to read
 * another process's), notify (only filters with a listener fail), seccomp
 * (every filter fails after this one), brk (a heap that can't grow) or one of
 * the table's calls of a disk that fails; ERRNO is a name.
 *
 *     lack abi=N ... -- COMMAND...
 *
 *     lack quota=LIMIT,USED ... -- COMMAND...
 *
 * The command itself, not what it forks, is told that Landlock's ABI is N, or
 * that its user has that quota (bytes), whatever the file system. all-quota
 * tells what it forks, too.
 */
#include <elf.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name;
	int number;
	uint32_t flag; /* only with this bit in an argument, or 0 */
	unsigned arg;
} calls[] = {
	{ "landlock", 444, 0, 0 },
	{ "openat2", 437, 0, 0 },
	{ "unshare", SYS_unshare, 0, 0 },
	{ "userns", SYS_clone, CLONE_NEWUSER, 0 },
	{ "clone3", SYS_clone3, 0, 0 },
	{ "setns", SYS_setns, 0, 0 },
	{ "mount", SYS_mount, 0, 0 },
	{ "umount", SYS_umount2, 0, 0 },
	{ "pivot_root", SYS_pivot_root, 0, 0 },
	{ "mount_setattr", 442, 0, 0 },
	{ "memory", SYS_process_vm_readv, 0, 0 },
	{ "notify", SYS_seccomp, SECCOMP_FILTER_FLAG_NEW_LISTENER, 1 },
	{ "seccomp", SYS_seccomp, 0, 0 },
	{ "brk", SYS_brk, 0, 0 },
	/* Of a disk that fails, or is full. */
	{ "pread", SYS_pread64, 0x20000, 3 }, /* from the second 128 KiB on */
	{ "pwrite", SYS_pwrite64, 0, 0 },
	{ "splice", SYS_splice, 0, 0 },
	{ "copy", SYS_copy_file_range, 0, 0 },
	{ "fallocate", SYS_fallocate, 0, 0 },
	{ "fsync", SYS_fsync, 0, 0 },
	{ "truncate", SYS_ftruncate, 0, 0 },
	{ "getdents", SYS_getdents64, 0, 0 },
	{ "mkdir", SYS_mkdirat, 0, 0 },
	{ "rename", SYS_renameat2, 0, 0 },
	{ "noreplace", SYS_renameat2, 1, 4 }, /* RENAME_NOREPLACE */
	{ "unlink", SYS_unlinkat, 0, 0 },
	{ "utimes", SYS_utimensat, 0, 0 },
};

static const struct {
	const char *name;
	int number;
} errors[] = {
	{ "ENOSYS", ENOSYS },
	{ "EPERM", EPERM },
	{ "EOPNOTSUPP", EOPNOTSUPP },
	{ "EBUSY", EBUSY },
	{ "EINVAL", EINVAL },
	{ "EIO", EIO },
	{ "ENOSPC", ENOSPC },
	{ "EDQUOT", EDQUOT },
	{ "EROFS", EROFS },
};

/* What is told of what a traced command asks. */
struct told {
	uint32_t call; /* that is stopped */
	uint32_t flag; /* ... with this bit in the argument */
	unsigned arg;
	long abi;                       /* its result, for Landlock's */
	unsigned long long limit, used; /* of quotactl_fd */
	bool all;                       /* its children are told so, too */
};

enum { LANDLOCK = 444, QUOTA = 443 };

static int
fail(const char *text, const char *word)
{
	fprintf(stderr, "lack: %s %s\n", text, word);
	return 2;
}

static int
error_of(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].number;
	}
	return -1;
}

static int
load(int number, uint32_t flag, unsigned arg, uint32_t action)
{
	uint32_t at = (uint32_t)(offsetof(struct seccomp_data, args) +
				 arg * sizeof(uint64_t));
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, flag),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, flag, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 7, code };

	/* prctl, so that one "seccomp" can be followed by others. */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* A stopped call: its second and fourth argument, and a result of ours. */
struct stopped {
#ifdef __x86_64__
	struct user_regs_struct regs;
#elif defined(__aarch64__)
	struct user_regs_struct regs;
#endif
	unsigned long long second, fourth;
};

static int
look(pid_t pid, struct stopped *stopped)
{
#ifdef __x86_64__
	if (ptrace(PTRACE_GETREGS, pid, NULL, &stopped->regs) != 0)
		return -1;
	stopped->second = stopped->regs.rsi;
	stopped->fourth = stopped->regs.r10;
	return 0;
#elif defined(__aarch64__)
	struct iovec all = { &stopped->regs, sizeof(stopped->regs) };

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &all) != 0)
		return -1;
	stopped->second = stopped->regs.regs[1];
	stopped->fourth = stopped->regs.regs[3];
	return 0;
#else
	(void)pid;
	(void)stopped;
	return -1;
#endif
}

/* Ends the call, without carrying it out. */
static int
answer(pid_t pid, struct stopped *stopped, long result)
{
#ifdef __x86_64__
	stopped->regs.orig_rax = (unsigned long long)-1;
	stopped->regs.rax = (unsigned long long)result;
	return (int)ptrace(PTRACE_SETREGS, pid, NULL, &stopped->regs);
#elif defined(__aarch64__)
	struct iovec all = { &stopped->regs, sizeof(stopped->regs) };
	int none = -1;
	struct iovec call = { &none, sizeof(none) };

	stopped->regs.regs[0] = (unsigned long long)result;
	return ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &all) == 0 &&
		       ptrace(PTRACE_SETREGSET, pid, 0x404, &call) == 0
		   ? 0
		   : -1;
#else
	(void)pid;
	(void)stopped;
	(void)result;
	return -1;
#endif
}

/* The user's quota, as struct if_dqblk has it; a group has none. */
static long
tell_quota(pid_t pid, const struct stopped *stopped, const struct told *told)
{
	const unsigned long long words[9] = { told->limit / 1024, 0,
		told->used };

	if ((stopped->second & 0xff) != 0)
		return -ESRCH;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ptrace(PTRACE_POKEDATA, pid, stopped->fourth + 8 * i,
			words[i]) != 0)
			return -EFAULT;
	return 0;
}

static int
answer_call(pid_t pid, const struct told *told)
{
	struct stopped stopped;

	if (look(pid, &stopped) != 0)
		return -1;
	return answer(pid, &stopped,
	    told->call == QUOTA ? tell_quota(pid, &stopped, told) : told->abi);
}

/* Traces the command, and answers what it asks. */
static int
stay(pid_t first, const struct told *told)
{
	int status, signal;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (pid != first && !WIFSTOPPED(status))
			continue;
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		signal = WSTOPSIG(status);
		if (status >> 16 == PTRACE_EVENT_SECCOMP) {
			if (answer_call(pid, told) != 0)
				return fail("can't answer", "");
			signal = 0;
		} else if (signal == SIGTRAP || signal == SIGSTOP) {
			signal = 0;
		}
		/* A child may have been killed meanwhile. */
		if (ptrace(PTRACE_CONT, pid, NULL, signal) != 0 && pid == first)
			return fail("can't go on", "");
	}
	return fail("the command", "is gone");
}

/* What this process runs from now on is told so; only the child returns. */
static int
tell(const struct told *told)
{
	const long follow =
	    told->all
		? PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE
		: 0;
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -1;
	if (pid == 0)
		return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 &&
			       raise(SIGSTOP) == 0
			   ? load((int)told->call, told->flag, told->arg,
				 SECCOMP_RET_TRACE)
			   : -1;
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL,
		follow | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL) != 0 ||
	    ptrace(PTRACE_CONT, pid, NULL, 0) != 0)
		_exit(fail("can't trace", "the command"));
	_exit(stay(pid, told));
}

/* Returns 1 where the word is none of these. */
static int
tell_word(const char *word)
{
	/* LANDLOCK_CREATE_RULESET_VERSION, in the third argument */
	struct told told = { .call = LANDLOCK, .flag = 1, .arg = 2 };

	if (sscanf(word, "abi=%ld", &told.abi) == 1)
		return tell(&told);
	told = (struct told){ .call = QUOTA };
	if (sscanf(word, "quota=%llu,%llu", &told.limit, &told.used) == 2)
		return tell(&told);
	told.all = true;
	if (sscanf(word, "all-quota=%llu,%llu", &told.limit, &told.used) == 2)
		return tell(&told);
	return 1;
}

static int
take_away(char *word)
{
	char *equals = strchr(word, '=');
	int error = equals == NULL ? -1 : error_of(equals + 1);

	if (error < 0)
		return fail("not CALL=ERRNO:", word);
	*equals = '\0';
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(calls[i].name, word) != 0)
			continue;
		return load(calls[i].number, calls[i].flag, calls[i].arg,
			   SECCOMP_RET_ERRNO | (uint32_t)error) == 0
			   ? 0
			   : fail("can't load a filter for", word);
	}
	return fail("no such call:", word);
}

int
main(int argc, char **argv)
{
	int i;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail("can't", "set no_new_privs");
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		int told = tell_word(argv[i]);

		if (told < 0)
			return fail("can't tell", argv[i]);
		if (told > 0 && take_away(argv[i]) != 0)
			return 2;
	}
	if (i + 1 >= argc)
		return fail("what is to be run?", "");
	execv(argv[i + 1], argv + i + 1);
	return fail("can't run", argv[i + 1]);
}
