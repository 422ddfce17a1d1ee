/*
 * A hostile program in rsync's place: tries each way out that we know and
 * prints one line an act, its name and 0 or errno ("died N" for a signal).
 * Each act runs in a child. The working directory is the root; the file
 * "plan" in it says where outside is and whose process is a victim.
 *
 * Copied to the root as "elf" it is also the uploaded program: called with
 * "ran" it does nothing and ends with 0.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define W(text)      \
	(char[])     \
	{            \
		text \
	}

static char outside[4096];
static int victim;
static int supervisor;

static const char *
out(const char *name)
{
	static char path[8192];

	snprintf(path, sizeof(path), "%s/%s", outside, name);
	return path;
}

/* Opens and closes; the act succeeded where that could be done. */
static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags, 0666);

	return fd < 0 ? -1 : close(fd);
}

/* In a further child, so that a success can be told from a death. */
static int
run(const char *path, char *const *argv)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (pid == 0) {
		execv(path, argv);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) < 0)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno == 0 ? 0 : -1;
}

static int
exec_shell(void)
{
	char *argv[] = { W("sh"), W("-c"), W("exit 0"), NULL };

	return run("/bin/sh", argv);
}

static int
exec_loader(void)
{
	char *argv[] = { W("ld.so"), W("/bin/true"), NULL };

	return run("/lib64/ld-linux-x86-64.so.2", argv);
}

static int
exec_loader_upload(void)
{
	char *argv[] = { W("ld.so"), W("./elf"), W("ran"), NULL };

	return run("/lib64/ld-linux-x86-64.so.2", argv);
}

static int
exec_upload(void)
{
	char *argv[] = { W("elf"), W("ran"), NULL };

	return run("./elf", argv);
}

static int
exec_self(void)
{
	char *argv[] = { W("self"), W("ran"), NULL };

	return run("/proc/self/exe", argv);
}

static int
exec_memfd(void)
{
	int from = open("elf", O_RDONLY), status;
	int to = (int)syscall(SYS_memfd_create, "x", 0);
	char room[65536];
	ssize_t got;
	pid_t pid;

	if (from < 0 || to < 0)
		return -1;
	while ((got = read(from, room, sizeof(room))) > 0)
		if (write(to, room, (size_t)got) != got)
			return -1;
	pid = fork();
	if (pid == 0) {
		char *argv[] = { W("x"), W("ran"), NULL };

		syscall(SYS_execveat, to, "", argv, environ, AT_EMPTY_PATH);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno == 0 ? 0 : -1;
}

static int
exec_execveat(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		char *argv[] = { W("elf"), W("ran"), NULL };

		syscall(SYS_execveat, AT_FDCWD, "./elf", argv, environ, 0);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno == 0 ? 0 : -1;
}

static int
map_code(void)
{
	int fd = open("elf", O_RDONLY);
	void *at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	return at == MAP_FAILED ? -1 : 0;
}

static int
read_outside(void)
{
	return try_open(out("secret"), O_RDONLY);
}

static int
read_by_link(void)
{
	return try_open("link/secret", O_RDONLY);
}

static int
read_dots(void)
{
	return try_open("../outside/secret", O_RDONLY);
}

static int
read_proc_root(void)
{
	char path[8300];

	snprintf(path, sizeof(path), "/proc/self/root%s", out("secret"));
	return try_open(path, O_RDONLY);
}

static int
read_passwd(void)
{
	return try_open("/etc/shadow-", O_RDONLY) == 0 ||
		       try_open("/etc/hostname", O_RDONLY) == 0
		   ? 0
		   : -1;
}

static int
list_outside(void)
{
	DIR *dir = opendir(outside);

	return dir == NULL ? -1 : closedir(dir);
}

static int
create_outside(void)
{
	return try_open(out("new"), O_WRONLY | O_CREAT);
}

static int
write_outside(void)
{
	return try_open(out("file"), O_WRONLY | O_APPEND);
}

static int
truncate_by_open(void)
{
	return try_open(out("file"), O_RDONLY | O_TRUNC);
}

static int
truncate_outside(void)
{
	return truncate(out("file"), 1);
}

static int
unlink_outside(void)
{
	return unlink(out("unlink"));
}

static int
rmdir_outside(void)
{
	return rmdir(out("rmdir"));
}

static int
mkdir_outside(void)
{
	return mkdir(out("newdir"), 0777);
}

static int
symlink_outside(void)
{
	return symlink("x", out("newlink"));
}

static int
fifo_outside(void)
{
	return mkfifo(out("newfifo"), 0666);
}

static int
rename_out(void)
{
	return rename("move", out("moved"));
}

static int
rename_in(void)
{
	return rename(out("move"), "moved");
}

static int
link_in(void)
{
	return link(out("secret"), "linked");
}

static int
chmod_path(void)
{
	return chmod(out("chmod"), 0640);
}

static int
chmod_dots(void)
{
	return chmod("../outside/chmod2", 0640);
}

static int
chmod_link(void)
{
	return chmod("link/chmod3", 0640);
}

static int
chmod_at(void)
{
	int dir = open(outside, O_PATH);

	return fchmodat(dir, "chmod4", 0640, 0);
}

static int
chmod_proc(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d",
	    open(out("chmod5"), O_PATH));
	return chmod(path, 0640);
}

static int
chmod_cwd(void)
{
	if (chdir(outside) != 0)
		return -1;
	return chmod("chmod6", 0640);
}

static int
chmod_at2(void)
{
	int fd = open(out("chmod7"), O_PATH);

	return (int)syscall(452, fd, "", 0640, AT_EMPTY_PATH);
}

static int
chown_path(void)
{
	return chown(out("chown"), (uid_t)-1, getgid());
}

static int
lchown_path(void)
{
	return lchown(out("chown"), getuid(), (gid_t)-1);
}

static int
times_path(void)
{
	struct timespec times[2] = { { 1, 0 }, { 1, 0 } };

	return utimensat(AT_FDCWD, out("times"), times, 0);
}

static int
times_old(void)
{
	struct timeval times[2] = { { 2, 0 }, { 2, 0 } };

	return utimes(out("times2"), times);
}

static int
xattr_set(void)
{
	return setxattr(out("xattr"), "user.a", "b", 1, 0);
}

static int
xattr_remove(void)
{
	return lremovexattr(out("xattr"), "user.there");
}

static int
stat_outside(void)
{
	struct stat st;

	return stat(out("secret"), &st);
}

static int
open_socket(int family, int type)
{
	int fd = socket(family, type, 0);

	return fd < 0 ? -1 : close(fd);
}

static int
socket_inet(void)
{
	return open_socket(AF_INET, SOCK_STREAM);
}

static int
socket_inet6(void)
{
	return open_socket(AF_INET6, SOCK_DGRAM);
}

static int
socket_unix(void)
{
	return open_socket(AF_UNIX, SOCK_STREAM);
}

static int
socket_netlink(void)
{
	return open_socket(AF_NETLINK, SOCK_RAW);
}

static int
kill_victim(void)
{
	return kill(victim, SIGUSR1);
}

static int
kill_supervisor(void)
{
	return kill(supervisor, SIGUSR1);
}

static int
trace_victim(void)
{
	return (int)ptrace(PTRACE_SEIZE, victim, NULL, NULL);
}

static int
read_victim(void)
{
	char byte;
	struct iovec ours = { &byte, 1 }, theirs = { (void *)&victim, 1 };

	return process_vm_readv(victim, &ours, 1, &theirs, 1, 0) < 0 &&
		       errno != EFAULT
		   ? -1
		   : 0;
}

static int
victim_environment(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/environ", victim);
	return try_open(path, O_RDONLY);
}

static int
own_memory(void)
{
	return try_open("/proc/self/mem", O_RDWR);
}

static int
uring(void)
{
	char params[256] = { 0 };

	return (int)syscall(SYS_io_uring_setup, 1, params) < 0 ? -1 : 0;
}

static int
user_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

static int
clone_namespace(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : 0;
}

static int
mount_tmpfs(void)
{
	if (mount("none", "mnt", "tmpfs", 0, NULL) != 0)
		return -1;
	return umount2("mnt", MNT_DETACH);
}

static int
change_root(void)
{
	return chroot(".");
}

static int
make_device(void)
{
	if (mknod("node", S_IFCHR | 0666, makedev(1, 3)) != 0)
		return -1;
	return try_open("node", O_RDWR);
}

static int
handle_open(void)
{
	struct {
		struct file_handle head;
		char room[128];
	} handle = { .head = { .handle_bytes = 128 } };
	int id, fd, at = open(".", O_RDONLY);

	if (name_to_handle_at(AT_FDCWD, ".", &handle.head, &id, 0) != 0)
		return -1;
	fd = open_by_handle_at(at, &handle.head, O_RDONLY);
	return fd < 0 ? -1 : close(fd);
}

static int
memory_file(void)
{
	return (int)syscall(SYS_memfd_create, "x", 0) < 0 ? -1 : 0;
}

static int
keyring(void)
{
	return (int)syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
		   KEY_SPEC_SESSION_KEYRING, 1) < 0
		   ? -1
		   : 0;
}

static int
become_root(void)
{
	return setuid(getuid());
}

static int
other_personality(void)
{
	return personality(ADDR_NO_RANDOMIZE) < 0 ? -1 : 0;
}

static int
terminal(void)
{
	int pending, ends[2];

	if (pipe(ends) != 0)
		return -1;
	return ioctl(ends[0], FIONREAD, &pending);
}

static int
leave_group(void)
{
	return setsid() < 0 ? -1 : 0;
}

/* inside: what must go on working in read-write */
static int
inside_create(void)
{
	return try_open("dir/new", O_WRONLY | O_CREAT);
}

static int
inside_read(void)
{
	return try_open("file", O_RDONLY);
}

static int
inside_chmod(void)
{
	return chmod("file", 0640);
}

static int
inside_fchmod(void)
{
	return fchmod(open("file", O_RDONLY), 0600);
}

static int
inside_times(void)
{
	struct timespec times[2] = { { 3, 0 }, { 3, 0 } };

	return utimensat(AT_FDCWD, "dir", times, AT_SYMLINK_NOFOLLOW);
}

static int
inside_link_times(void)
{
	struct timespec times[2] = { { 3, 0 }, { 3, 0 } };

	return utimensat(AT_FDCWD, "link", times, AT_SYMLINK_NOFOLLOW);
}

static int
inside_chown(void)
{
	return lchown("file", getuid(), getgid());
}

static int
inside_xattr(void)
{
	return setxattr("file", "user.a", "b", 1, 0);
}

static int
inside_rename(void)
{
	return rename("rename", "dir/renamed");
}

static int
inside_link(void)
{
	return link("file", "dir/linked");
}

static int
inside_remove(void)
{
	return unlink("remove");
}

static int
inside_bad_pointer(void)
{
	return chmod((const char *)(uintptr_t)16, 0600) == -1 && errno == EFAULT
		   ? 0
		   : -1;
}

static int
inside_long_path(void)
{
	static char path[8192];

	memset(path, 'a', sizeof(path) - 1);
	return chmod(path, 0600) == -1 && errno == ENAMETOOLONG ? 0 : -1;
}

#define ACT(function)               \
	{                           \
#function, function \
	}

static const struct {
	const char *name;
	int (*act)(void);
} acts[] = { ACT(exec_shell), ACT(exec_loader), ACT(exec_loader_upload),
	ACT(exec_upload), ACT(exec_self), ACT(exec_memfd), ACT(exec_execveat),
	ACT(map_code), ACT(read_outside), ACT(read_by_link), ACT(read_dots),
	ACT(read_proc_root), ACT(read_passwd), ACT(list_outside),
	ACT(create_outside), ACT(write_outside), ACT(truncate_by_open),
	ACT(truncate_outside), ACT(unlink_outside), ACT(rmdir_outside),
	ACT(mkdir_outside), ACT(symlink_outside), ACT(fifo_outside),
	ACT(rename_out), ACT(rename_in), ACT(link_in), ACT(chmod_path),
	ACT(chmod_dots), ACT(chmod_link), ACT(chmod_at), ACT(chmod_proc),
	ACT(chmod_cwd), ACT(chmod_at2), ACT(chown_path), ACT(lchown_path),
	ACT(times_path), ACT(times_old), ACT(xattr_set), ACT(xattr_remove),
	ACT(stat_outside), ACT(socket_inet), ACT(socket_inet6),
	ACT(socket_unix), ACT(socket_netlink), ACT(kill_victim),
	ACT(kill_supervisor), ACT(trace_victim), ACT(read_victim),
	ACT(victim_environment), ACT(own_memory), ACT(uring),
	ACT(user_namespace), ACT(clone_namespace), ACT(mount_tmpfs),
	ACT(change_root), ACT(make_device), ACT(handle_open), ACT(memory_file),
	ACT(keyring), ACT(become_root), ACT(other_personality), ACT(terminal),
	ACT(leave_group), ACT(inside_read), ACT(inside_create),
	ACT(inside_chmod), ACT(inside_fchmod), ACT(inside_times),
	ACT(inside_link_times), ACT(inside_chown), ACT(inside_xattr),
	ACT(inside_rename), ACT(inside_link), ACT(inside_remove),
	ACT(inside_bad_pointer), ACT(inside_long_path) };

static int
in_child(int (*act)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(10);
		errno = 0;
		_exit(act() == 0 ? 0 : errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : 1000 + WTERMSIG(status);
}

static int
read_plan(void)
{
	FILE *plan = fopen("plan", "r");

	if (plan == NULL)
		return -1;
	if (fscanf(plan, "%4095s %d", outside, &victim) != 2)
		return -1;
	return fclose(plan);
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "ran") == 0)
		return 0;
	supervisor = getppid();
	if (read_plan() != 0) {
		printf("plan %d\n", errno);
		return 1;
	}
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		printf("%s %d\n", acts[i].name, in_child(acts[i].act));
		fflush(stdout);
	}
	return 0;
}
