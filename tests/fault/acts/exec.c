/* Ways to run another program. Each in a child: a success ends with 0. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fault/acts/acts.h"

#define LOADER "/lib64/ld-linux-x86-64.so.2"

/* The words of a command line, as execve wants them. */
#define WORDS(...) \
	((char *const *)(uintptr_t)(const char *const[]){ __VA_ARGS__, NULL })

static int
run(const char *path, char *const *argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		execv(path, argv);
		_exit(errno);
	}
	return outcome(pid);
}

static int
exec_shell(const struct act *act)
{
	(void)act;
	return run("/bin/sh", WORDS("sh", "-c", "exit 0"));
}

static int
exec_script(const struct act *act)
{
	(void)act;
	return run("./script", WORDS("script"));
}

static int
exec_loader(const struct act *act)
{
	(void)act;
	return run(LOADER, WORDS("ld.so", "/bin/true"));
}

static int
exec_loader_upload(const struct act *act)
{
	(void)act;
	return run(LOADER, WORDS("ld.so", "./elf", "ran"));
}

static int
exec_upload(const struct act *act)
{
	(void)act;
	return run("./elf", WORDS("elf", "ran"));
}

static int
exec_self(const struct act *act)
{
	(void)act;
	return run("/proc/self/exe", WORDS("self", "ran"));
}

/* The very file that the rules let us execute: once, and that is past. */
static int
exec_again(const struct act *act)
{
	(void)act;
	return run((const char *)getauxval(AT_EXECFN), WORDS("again", "ran"));
}

static int
exec_descriptor(const struct act *act)
{
	int fd = open("elf", O_RDONLY);
	pid_t pid;

	(void)act;
	if (fd < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		syscall(SYS_execveat, fd, "", WORDS("elf", "ran"), environ,
		    AT_EMPTY_PATH);
		_exit(errno);
	}
	return outcome(pid);
}

static int
exec_at(const struct act *act)
{
	pid_t pid = fork();

	(void)act;
	if (pid == 0) {
		syscall(SYS_execveat, AT_FDCWD, "./elf", WORDS("elf", "ran"),
		    environ, 0);
		_exit(errno);
	}
	return outcome(pid);
}

static int
exec_memfd(const struct act *act)
{
	int from = open("elf", O_RDONLY);
	int to = (int)syscall(SYS_memfd_create, "x", 0);
	char room[65536];
	ssize_t got;
	pid_t pid;

	(void)act;
	if (from < 0 || to < 0)
		return -1;
	while ((got = read(from, room, sizeof(room))) > 0)
		if (write(to, room, (size_t)got) != got)
			return -1;
	pid = fork();
	if (pid == 0) {
		syscall(SYS_execveat, to, "", WORDS("x", "ran"), environ,
		    AT_EMPTY_PATH);
		_exit(errno);
	}
	return outcome(pid);
}

/* Not by way of execveat: the same file, by its name in /proc. */
static int
exec_memfd_name(const struct act *act)
{
	int to = (int)syscall(SYS_memfd_create, "x", 0);
	char path[64];

	(void)act;
	if (to < 0 || write(to, "#!/bin/true\n", 12) != 12)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
	return run(path, WORDS("x"));
}

static int
exec_vfork(const struct act *act)
{
	pid_t pid = vfork();

	(void)act;
	if (pid == 0) {
		execv("/bin/true", WORDS("true"));
		_exit(1);
	}
	return outcome(pid);
}

static int
memory_file(const struct act *act)
{
	(void)act;
	return closed((int)syscall(SYS_memfd_create, "x", 0));
}

static int
map_code(const struct act *act)
{
	int fd = open("elf", O_RDONLY);
	void *at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	(void)act;
	return at == MAP_FAILED ? -1 : 0;
}

// clang-format off
const struct act exec_acts[] = {
	{ "exec_shell",         FAILS, exec_shell,         0, 0 },
	{ "exec_script",        FAILS, exec_script,        0, 0 },
	{ "exec_loader",        MAY,   exec_loader,        0, 0 },
	{ "exec_loader_upload", MAY,   exec_loader_upload, 0, 0 },
	{ "exec_upload",        FAILS, exec_upload,        0, 0 },
	{ "exec_self",          FAILS, exec_self,          0, 0 },
	{ "exec_again",         FAILS, exec_again,         0, 0 },
	{ "exec_descriptor",    FAILS, exec_descriptor,    0, 0 },
	{ "exec_at",            FAILS, exec_at,            0, 0 },
	{ "exec_memfd",         FAILS, exec_memfd,         0, 0 },
	{ "exec_memfd_name",    FAILS, exec_memfd_name,    0, 0 },
	{ "exec_vfork",         FAILS, exec_vfork,         0, 0 },
	{ "memory_file",        FAILS, memory_file,        0, 0 },
	{ "map_code",           HARMLESS, map_code,        0, 0 },
	{ NULL, FAILS, NULL, 0, 0 },
};
// clang-format on
