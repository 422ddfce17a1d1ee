/*
 * Runs a command behind the seccomp profile that a container engine loads by
 * default, for a container without further capabilities:
 *
 *     contain docker|podman|listener -- COMMAND...
 *
 * These profiles are lists of what is allowed. What matters here is what they
 * deny; the lists below are the rest of the kernel's calls, from moby's
 * profiles/seccomp/default.json and containers' pkg/seccomp/seccomp.json.
 * "listener" is no profile, but a filter whose notifications somebody has, as
 * engines load to intercept mknod or mount; here it is a call that nobody
 * makes, for nobody answers.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAMESPACES 0x7E020000u /* all that clone can be asked for */
#define NEWEST 450 /* set_mempolicy_home_node; runc answers ENOSYS above */

static const char *const common[] = { "acct", "bpf", "fanotify_init",
	"lookup_dcookie", "perf_event_open", "quotactl", "sethostname",
	"setdomainname", "delete_module", "init_module", "finit_module",
	"create_module", "query_module", "get_kernel_syms", "get_mempolicy",
	"mbind", "set_mempolicy", "iopl", "ioperm", "kcmp", "kexec_load",
	"kexec_file_load", "migrate_pages", "move_pages", "nfsservctl",
	"open_by_handle_at", "process_madvise", "settimeofday", "clock_settime",
	"swapon", "swapoff", "sysfs", "_sysctl", "uselib", "userfaultfd",
	"ustat", "vhangup", NULL };

static const char *const docker[] = { "add_key", "request_key", "keyctl",
	"fsconfig", "fsmount", "fsopen", "fspick", "mount", "mount_setattr",
	"move_mount", "open_tree", "pidfd_getfd", "pivot_root", "quotactl_fd",
	"reboot", "set_mempolicy_home_node", "setns", "syslog", "umount2",
	"unshare", NULL };

static const char *const podman[] = { "io_pgetevents", "membarrier",
	"process_vm_readv", "process_vm_writev", "ptrace", "vmsplice", NULL };

/* Not in Podman's list at all. */
static const char *const podman_unknown[] = { "add_key", "request_key",
	"io_uring_setup", "io_uring_enter", "io_uring_register", "memfd_secret",
	"process_mrelease", "quotactl_fd", NULL };

static int
fail(const char *text, const char *word)
{
	fprintf(stderr, "contain: %s %s: %s\n", text, word, strerror(errno));
	return 2;
}

static int
add(scmp_filter_ctx filter, int error, const char *const *names)
{
	for (; *names != NULL; names++) {
		int number = seccomp_syscall_resolve_name(*names);

		if (number >= 0 &&
		    seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint16_t)error),
			number, 0) != 0)
			return fail("no rule for", *names);
	}
	return 0;
}

/* Any of the flags for a namespace; clone3's can't be seen. */
static int
deny_namespaces(scmp_filter_ctx filter)
{
	static const char *const clone3[] = { "clone3", NULL };

	for (uint64_t flag = 1u << 17; flag < 1ull << 31; flag <<= 1) {
		if ((flag & NAMESPACES) != 0 &&
		    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
			SCMP_SYS(clone), 1,
			SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag)) != 0)
			return fail("no rule for", "clone");
	}
	return add(filter, ENOSYS, clone3);
}

static int
load_newest(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NEWEST, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0
		   ? 0
		   : fail("can't load", "a filter");
}

static int
load_profile(const char *name)
{
	bool is_docker = strcmp(name, "docker") == 0;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (filter == NULL || add(filter, EPERM, common) != 0 ||
	    add(filter, EPERM, is_docker ? docker : podman) != 0 ||
	    (is_docker ? deny_namespaces(filter)
		       : add(filter, ENOSYS, podman_unknown)) != 0)
		return 2;
	if (seccomp_load(filter) != 0)
		return fail("can't load", name);
	seccomp_release(filter);
	return load_newest();
}

/* A child keeps it as long as we live: closed, it would be none. */
static int
load_listener(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setdomainname, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, code };
	pid_t parent = getpid();

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		SECCOMP_FILTER_FLAG_NEW_LISTENER, &program) < 0)
		return fail("can't load", "a listener");
	if (fork() == 0) {
		/* Nobody may wait for our streams to end. */
		close(0);
		close(1);
		close(2);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == parent)
			sleep(1);
		_exit(0);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc < 4 || strcmp(argv[2], "--") != 0)
		return 2;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail("can't set", "no_new_privs");
	if ((strcmp(argv[1], "listener") == 0 ? load_listener()
					      : load_profile(argv[1])) != 0)
		return 2;
	execv(argv[3], argv + 3);
	return fail("can't run", argv[3]);
}
