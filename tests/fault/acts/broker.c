/*
 * Against the broker: what it reads of us may be nonsense, may change while
 * it is read, and we may be dead before it answers. It answers as the kernel
 * would have.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/fault/acts/acts.h"

#define ACT(name) static int name(const struct act *act __attribute__((unused)))

#define BAD ((void *)(uintptr_t)16)

static int
chmod_raw(const void *path)
{
	return (int)syscall(SYS_fchmodat, AT_FDCWD, path, 0600);
}

ACT(bad_path)
{
	return chmod_raw(BAD);
}

ACT(no_path)
{
	return chmod_raw(NULL);
}

ACT(empty_path)
{
	return chmod_raw("");
}

ACT(long_path)
{
	static char path[8192];

	memset(path, 'a', sizeof(path) - 1);
	return chmod_raw(path);
}

/* As long as a path may be: 4095 bytes. */
ACT(longest_path)
{
	static char path[4096];

	memset(path, '/', sizeof(path) - 1);
	memcpy(path, "./", 2);
	memcpy(path + sizeof(path) - 5, "file", 5);
	return chmod_raw(path);
}

ACT(long_name)
{
	static char name[300];

	memset(name, 'a', sizeof(name) - 1);
	return chmod_raw(name);
}

/* At the last bytes of a mapping, with its NUL or without. */
static int
at_the_edge(bool ended)
{
	long page = sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, (size_t)page * 2, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || munmap(at + page, (size_t)page) != 0)
		return -1;
	memcpy(at + page - 5, ended ? "file\0" : "./fil", 5);
	return chmod_raw(at + page - 5);
}

ACT(path_at_edge)
{
	return at_the_edge(true);
}

ACT(path_over_edge)
{
	return at_the_edge(false);
}

ACT(missing_file)
{
	return chmod_raw("missing");
}

ACT(not_a_directory)
{
	return chmod_raw("file/x");
}

ACT(link_loop)
{
	return chmod_raw("loop");
}

ACT(bad_directory)
{
	return fchownat(999, "file", (uid_t)-1, getgid(), 0);
}

ACT(negative_directory)
{
	return fchownat(-5, "file", (uid_t)-1, getgid(), 0);
}

ACT(file_as_directory)
{
	return fchownat(open("file", O_RDONLY), "x", (uid_t)-1, getgid(), 0);
}

ACT(bad_flags)
{
	return fchownat(AT_FDCWD, "file", (uid_t)-1, getgid(), 0x4000000);
}

ACT(empty_is_base)
{
	return fchownat(open("file", O_PATH), "", (uid_t)-1, getgid(),
	    AT_EMPTY_PATH);
}

ACT(empty_is_cwd)
{
	return fchownat(AT_FDCWD, "", (uid_t)-1, getgid(), AT_EMPTY_PATH);
}

ACT(bad_times)
{
	return (int)syscall(SYS_utimensat, AT_FDCWD, "file", BAD, 0);
}

ACT(impossible_times)
{
	const struct timespec times[2] = { { 1, 1000000000 }, { 1, 0 } };

	return utimensat(AT_FDCWD, "file", times, 0);
}

ACT(impossible_old_times)
{
	const struct timeval times[2] = { { 1, 1000000 }, { 1, 0 } };

#ifdef SYS_utimes
	return (int)syscall(SYS_utimes, "file", times);
#else
	return utimes("file", times);
#endif
}

ACT(no_times)
{
	return utimensat(AT_FDCWD, "file", NULL, 0);
}

ACT(omitted_times)
{
	const struct timespec times[2] = { { 0, UTIME_OMIT },
		{ 0, UTIME_NOW } };

	return utimensat(AT_FDCWD, "file", times, 0);
}

ACT(bad_value)
{
	return (int)syscall(SYS_setxattr, "file", "user.x", BAD, 10, 0);
}

ACT(huge_value)
{
	static char value[70000];

	return setxattr("file", "user.x", value, sizeof(value), 0);
}

ACT(bad_name)
{
	return setxattr("file", BAD, "x", 1, 0);
}

ACT(no_name)
{
	return setxattr("file", "", "x", 1, 0);
}

ACT(long_attribute)
{
	static char name[300] = "user.";

	memset(name + 5, 'a', sizeof(name) - 6);
	return setxattr("file", name, "x", 1, 0);
}

ACT(no_namespace)
{
	return setxattr("file", "name", "x", 1, 0);
}

ACT(attribute_exists)
{
	return setxattr("with-xattr", "user.stays", "x", 1, XATTR_CREATE);
}

ACT(attribute_missing)
{
	return setxattr("file", "user.none", "x", 1, XATTR_REPLACE);
}

ACT(attribute_flags)
{
	return setxattr("file", "user.none", "x", 1, 77);
}

ACT(remove_missing)
{
	return removexattr("file", "user.none");
}

ACT(attribute_of_link)
{
	return lsetxattr("link", "user.a", "x", 1, 0);
}

/* --- several at once ------------------------------------------------------ */

enum {
	RACE_MS = 300,
	RACE_MS_MAX = 10000,
	CONTROL_MS = 50000,
	TURNS = 2000,
	THREADS = 8,
	DEATHS = 200,
	CHANGES_SEEN = 100
};

static struct {
	char path[4096];
	volatile int stop;
	int fd;
} shared;

/* A race lasts this long, or until it is won; on one processor, in turns. */
static struct timespec began;

static void
clock_start(void)
{
	clock_gettime(CLOCK_MONOTONIC, &began);
}

static bool
clock_is_below(long ms)
{
	struct timespec now;

	sched_yield();
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - began.tv_sec) * 1000 +
		   (now.tv_nsec - began.tv_nsec) / 1000000 <
	       ms;
}

/* Without a jail it is won in the end, however busy the machine is. */
static bool
clock_runs(void)
{
	return clock_is_below(
	    getenv("HOSTILE_CONTROL") != NULL ? CONTROL_MS : RACE_MS);
}

/* "link" leads outside, "lins" is a directory: one byte makes the difference.
 */
static void *
swap_paths(void *context)
{
	(void)context;
	for (unsigned turn = 0; !shared.stop; turn++) {
		*(volatile char *)(shared.path + 3) = 'k';
		/* On one processor the other thread sees either of them. */
		if (turn % 64 == 0)
			sched_yield();
		*(volatile char *)(shared.path + 3) = 's';
		if (turn % 64 == 32)
			sched_yield();
	}
	return NULL;
}

/* 0: the victim was reached, as its mode tells. */
static int
was_reached(const struct act *act)
{
	struct stat st;

	if (stat(out(act), &st) != 0)
		return -1;
	errno = EACCES;
	return (st.st_mode & 0777) == 0600 ? 0 : -1;
}

/*
 * Not over before the path was seen to change so often: a busy machine may let
 * the other thread wait.
 */
static bool
swap_runs(void)
{
	static int seen;
	static char last;
	char now = *(volatile char *)(shared.path + 3);

	seen += now != last;
	last = now;
	return clock_runs() ||
	       (seen < CHANGES_SEEN && clock_is_below(RACE_MS_MAX));
}

ACT(swapped_path)
{
	pthread_t thread;

	snprintf(shared.path, sizeof(shared.path), "lins/%s", act->name);
	if (pthread_create(&thread, NULL, swap_paths, NULL) != 0)
		return -1;
	for (clock_start(); swap_runs() && was_reached(act) != 0;)
		chmod_raw(shared.path);
	shared.stop = true;
	pthread_join(thread, NULL);
	return was_reached(act);
}

static void *
swap_directories(void *context)
{
	int theirs = open(outside, O_PATH), ours = open("lins", O_PATH);

	(void)context;
	while (!shared.stop) {
		dup2(theirs, shared.fd);
		dup2(ours, shared.fd);
	}
	return NULL;
}

/* "lins" in the root has a file of the victim's name. */
ACT(swapped_directory)
{
	pthread_t thread;

	shared.fd = open("lins", O_PATH);
	if (pthread_create(&thread, NULL, swap_directories, NULL) != 0)
		return -1;
	for (clock_start(); clock_runs() && was_reached(act) != 0;)
		syscall(SYS_fchmodat, shared.fd, act->name, 0600);
	shared.stop = true;
	pthread_join(thread, NULL);
	return was_reached(act);
}

static void *
call_often(void *context)
{
	int *failures = context;

	for (int i = 0; i < TURNS / THREADS; i++)
		*failures += chmod_raw("file") != 0;
	return NULL;
}

ACT(many_threads)
{
	pthread_t threads[THREADS];
	int failures[THREADS] = { 0 }, sum = 0;

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, call_often,
			&failures[i]) != 0)
			return -1;
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		sum += failures[i];
	}
	errno = EIO;
	return sum == 0 ? 0 : -1;
}

/* Callers who die in the middle of a call: the next one is served. */
ACT(many_deaths)
{
	for (int i = 0; i < DEATHS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			for (;;)
				chmod_raw("file");
		usleep((useconds_t)(i * 7 % 300));
		kill(pid, SIGKILL);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			return -1;
	}
	return chmod_raw("file");
}

/* A thread's call has the thread's number, and the process's directory. */
static void *
call_once(void *context)
{
	*(int *)context = chmod_raw("file") == 0 ? 0 : errno;
	return NULL;
}

ACT(other_thread)
{
	pthread_t thread;
	int result = EIO;

	if (pthread_create(&thread, NULL, call_once, &result) != 0)
		return -1;
	pthread_join(thread, NULL);
	errno = result;
	return result == 0 ? 0 : -1;
}

// clang-format off
const struct act broker_acts[] = {
	{ "bad_path",             SAME, bad_path,             0, 0 },
	{ "no_path",              SAME, no_path,              0, 0 },
	{ "empty_path",           SAME, empty_path,           0, 0 },
	{ "long_path",            SAME, long_path,            0, 0 },
	{ "longest_path",         SAME, longest_path,         0, 0 },
	{ "long_name",            SAME, long_name,            0, 0 },
	{ "path_at_edge",         SAME, path_at_edge,         0, 0 },
	{ "path_over_edge",       SAME, path_over_edge,       0, 0 },
	{ "missing_file",         SAME, missing_file,         0, 0 },
	{ "not_a_directory",      SAME, not_a_directory,      0, 0 },
	{ "link_loop",            SAME, link_loop,            0, 0 },
	{ "bad_directory",        SAME, bad_directory,        0, 0 },
	{ "negative_directory",   SAME, negative_directory,   0, 0 },
	{ "file_as_directory",    SAME, file_as_directory,    0, 0 },
	{ "bad_flags",            SAME, bad_flags,            0, 0 },
	{ "empty_is_base",        SAME, empty_is_base,        0, 0 },
	{ "empty_is_cwd",         SAME, empty_is_cwd,         0, 0 },
	{ "bad_times",            SAME, bad_times,            0, 0 },
	{ "impossible_times",     SAME, impossible_times,     0, 0 },
	{ "impossible_old_times", SAME, impossible_old_times, 0, 0 },
	{ "no_times",             SAME, no_times,             0, 0 },
	{ "omitted_times",        SAME, omitted_times,        0, 0 },
	{ "bad_value",            SAME, bad_value,            0, 0 },
	{ "huge_value",           SAME, huge_value,           0, 0 },
	{ "bad_name",             SAME, bad_name,             0, 0 },
	{ "no_name",              SAME, no_name,              0, 0 },
	{ "long_attribute",       SAME, long_attribute,       0, 0 },
	{ "no_namespace",         SAME, no_namespace,         0, 0 },
	{ "attribute_exists",     SAME, attribute_exists,     0, 0 },
	{ "attribute_missing",    SAME, attribute_missing,    0, 0 },
	{ "attribute_flags",      SAME, attribute_flags,      0, 0 },
	{ "remove_missing",       SAME, remove_missing,       0, 0 },
	{ "attribute_of_link",    SAME, attribute_of_link,    0, 0 },
	{ "swapped_path",         FAILS, swapped_path,        0, 0 },
	{ "swapped_directory",    FAILS, swapped_directory,   0, 0 },
	{ "many_threads",         CHANGES, many_threads,      0, 0 },
	{ "many_deaths",          CHANGES, many_deaths,       0, 0 },
	{ "other_thread",         CHANGES, other_thread,      0, 0 },
	{ NULL, FAILS, NULL, 0, 0 },
};
// clang-format on
