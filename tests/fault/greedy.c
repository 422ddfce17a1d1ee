/*
 * A hostile program in rsync's place that wants to change what exists: one
 * line an act, its name and 0 or errno. Each act runs in a child and has a
 * victim of its own in "v", by its name; "own_" acts are on what the program
 * makes itself. With a plan ("race", "border", ...)
 * it does only that.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "keeplog.h"

enum { ROUNDS = 3000 };

static const struct timespec then[2] = { { 3, 0 }, { 3, 0 } };

/* The running act's victim, and a name for what it makes. */
static char victim[256], mine[256];

static int
fill(int fd)
{
	return fd < 0 || write(fd, "mine", 4) != 4 ? -1 : close(fd);
}

static int
make(const char *name)
{
	return fill(open(name, O_WRONLY | O_CREAT | O_EXCL, 0600));
}

static int
write_with(int flags)
{
	return fill(open(victim, flags, 0600));
}

static int
open_write(void)
{
	return write_with(O_WRONLY);
}

static int
open_append(void)
{
	return write_with(O_RDWR | O_APPEND);
}

static int
open_create(void)
{
	return write_with(O_WRONLY | O_CREAT);
}

static int
open_truncate(void)
{
	return write_with(O_WRONLY | O_CREAT | O_TRUNC);
}

static int
open_read_truncate(void)
{
	int fd = open(victim, O_RDONLY | O_TRUNC);

	return fd < 0 ? -1 : close(fd);
}

static int
open_creat(void)
{
	return fill(creat(victim, 0600));
}

static int
open_how(void)
{
	struct open_how how = { .flags = O_WRONLY };

	return fill(
	    (int)syscall(SYS_openat2, AT_FDCWD, victim, &how, sizeof(how)));
}

static int
open_access_3(void)
{
	/* Neither read nor write, but what ioctl needs; and truncates. */
	int fd = open(victim, O_WRONLY | O_RDWR | O_TRUNC);

	return fd < 0 ? -1 : close(fd);
}

static int
open_by_proc(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d",
	    open(victim, O_RDONLY));
	return fill(open(path, O_WRONLY));
}

static int
open_by_link(void)
{
	return link(victim, mine) != 0 ? -1 : fill(open(mine, O_WRONLY));
}

static int
open_by_symlink(void)
{
	return symlink(victim, mine) != 0
		   ? -1
		   : fill(open(mine, O_WRONLY | O_CREAT | O_TRUNC, 0600));
}

static int
truncate_path(void)
{
	return truncate(victim, 1);
}

static int
rename_over(void)
{
	return make(mine) != 0 ? -1 : rename(mine, victim);
}

static int
rename_away(void)
{
	return rename(victim, mine);
}

static int
rename_at(void)
{
	return renameat(AT_FDCWD, victim, open(".", O_PATH), mine);
}

static int
rename_exchange(void)
{
	return make(mine) != 0 ? -1
			       : (int)syscall(SYS_renameat2, AT_FDCWD, mine,
				     AT_FDCWD, victim, RENAME_EXCHANGE);
}

static int
rename_directory(void)
{
	char parent[300];

	snprintf(parent, sizeof(parent), "%s.d", victim);
	return rename(parent, mine);
}

static int
remove_file(void)
{
	return unlink(victim);
}

static int
remove_at(void)
{
	return unlinkat(open("v", O_RDONLY), strchr(victim, '/') + 1, 0);
}

static int
remove_directory(void)
{
	char empty[300];

	snprintf(empty, sizeof(empty), "%s.d", victim);
	return rmdir(empty);
}

static int
meta_chmod(void)
{
	return chmod(victim, 0600);
}

static int
meta_chmod_at(void)
{
	return fchmodat(AT_FDCWD, victim, 0600, 0);
}

static int
meta_fchmod(void)
{
	return fchmod(open(victim, O_RDONLY), 0600);
}

static int
meta_chmod_link(void)
{
	return link(victim, mine) != 0 ? -1 : chmod(mine, 0600);
}

static int
meta_chmod_symlink(void)
{
	return symlink(victim, mine) != 0 ? -1 : chmod(mine, 0600);
}

static int
meta_chmod_directory(void)
{
	char directory[300];

	snprintf(directory, sizeof(directory), "%s.d", victim);
	return chmod(directory, 0700);
}

static int
meta_fchmod_directory(void)
{
	char directory[300];

	snprintf(directory, sizeof(directory), "%s.d", victim);
	return fchmod(open(directory, O_RDONLY | O_DIRECTORY), 0700);
}

static int
meta_times(void)
{
	return utimensat(AT_FDCWD, victim, then, 0);
}

static int
meta_futimens(void)
{
	return futimens(open(victim, O_RDONLY), then);
}

static int
meta_utimes(void)
{
	const struct timeval old[2] = { { 3, 0 }, { 3, 0 } };

	return utimes(victim, old);
}

static int
meta_times_now(void)
{
	return utimensat(AT_FDCWD, victim, NULL, 0);
}

static int
meta_setxattr(void)
{
	return setxattr(victim, "user.a", "b", 1, 0);
}

static int
meta_fsetxattr(void)
{
	return fsetxattr(open(victim, O_RDONLY), "user.a", "b", 1, 0);
}

static int
meta_removexattr(void)
{
	return removexattr(victim, "user.there");
}

static int
meta_fremovexattr(void)
{
	return fremovexattr(open(victim, O_RDONLY), "user.there");
}

static int
own_write(void)
{
	int fd = open(mine, O_RDWR | O_CREAT | O_EXCL, 0600);

	return fd < 0 || write(fd, "12345678", 8) != 8 ||
		       ftruncate(fd, 4) != 0 || fchmod(fd, 0640) != 0 ||
		       futimens(fd, then) != 0 ||
		       fsetxattr(fd, "user.a", "b", 1, 0) != 0 ||
		       fremovexattr(fd, "user.a") != 0
		   ? -1
		   : close(fd);
}

static int
own_rename(void)
{
	char to[300], over[300];

	snprintf(to, sizeof(to), "%s.to", mine);
	snprintf(over, sizeof(over), "%s.over", mine);
	return make(mine) != 0 || make(over) != 0 || rename(mine, to) != 0 ||
		       access(mine, F_OK) == 0 || rename(to, over) != 0 ||
		       access(to, F_OK) == 0
		   ? -1
		   : 0;
}

static int
own_exchange(void)
{
	char other[300];
	struct stat before, after;

	snprintf(other, sizeof(other), "%s.b", mine);
	if (make(mine) != 0 || make(other) != 0 || stat(mine, &before) != 0 ||
	    syscall(SYS_renameat2, AT_FDCWD, mine, AT_FDCWD, other,
		RENAME_EXCHANGE) != 0 ||
	    stat(other, &after) != 0)
		return -1;
	return before.st_ino == after.st_ino ? 0 : -1;
}

static int
own_directory(void)
{
	char in[300], to[300];

	snprintf(in, sizeof(in), "%s/in", mine);
	snprintf(to, sizeof(to), "%s.to", mine);
	return mkdir(mine, 0700) != 0 || make(in) != 0 ||
		       chmod(mine, 0750) != 0 || rename(mine, to) != 0 ||
		       rename(to, mine) != 0 || rmdir(mine) == 0 ||
		       errno != ENOTEMPTY || unlink(in) != 0 || rmdir(mine) != 0
		   ? -1
		   : 0;
}

static int
own_remove(void)
{
	return make(mine) != 0 ? -1 : unlink(mine);
}

static int
own_errors(void)
{
	char slash[300];

	snprintf(slash, sizeof(slash), "%s/", mine);
	if (make(mine) != 0)
		return -1;
	return unlink(slash) != 0 && errno == ENOTDIR && rmdir(mine) != 0 &&
		       errno == ENOTDIR && unlink("none") != 0 &&
		       errno == ENOENT && rmdir(".") != 0 &&
		       rename("none", mine) != 0 && errno == ENOENT &&
		       fchmod(77, 0600) != 0 && errno == EBADF &&
		       fchmod(open(mine, O_PATH), 0600) != 0 && errno == EBADF
		   ? 0
		   : -1;
}

static int
own_link(void)
{
	return link("v/own_link", mine);
}

/* A directory's times come last, after all in it. */
static int
own_tree(void)
{
	char path[300], second[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s/f", mine);
	snprintf(second, sizeof(second), "%s/g", mine);
	return mkdir(mine, 0700) != 0 || make(path) != 0 ||
		       link(path, second) != 0 || chmod(second, 0640) != 0 ||
		       utimensat(AT_FDCWD, mine, then, 0) != 0 ||
		       chmod(mine, 0555) != 0 || stat(mine, &st) != 0 ||
		       st.st_mtime != 3 || (st.st_mode & 07777) != 0555 ||
		       chmod(mine, 0755) != 0
		   ? -1
		   : 0;
}

static int
own_fifo(void)
{
	char to[300];

	snprintf(to, sizeof(to), "%s.to", mine);
	return mkfifo(mine, 0600) != 0 || chmod(mine, 0640) != 0 ||
		       rename(mine, to) != 0 || unlink(to) != 0
		   ? -1
		   : 0;
}

static int
own_symlink(void)
{
	char to[300];

	snprintf(to, sizeof(to), "%s.to", mine);
	return symlink("x", mine) != 0 ||
		       utimensat(AT_FDCWD, mine, then, AT_SYMLINK_NOFOLLOW) !=
			   0 ||
		       rename(mine, to) != 0 || unlink(to) != 0
		   ? -1
		   : 0;
}

static int
own_umask(void)
{
	struct stat st;
	mode_t before = umask(027);

	if (make(mine) != 0 || umask(before) != 027 || stat(mine, &st) != 0 ||
	    (st.st_mode & 0777) != 0600)
		return -1;
	umask(0);
	return unlink(mine) != 0 || mkdir(mine, 0777) != 0 ||
		       stat(mine, &st) != 0 || (st.st_mode & 07777) != 0777
		   ? -1
		   : 0;
}

static int
own_read(void)
{
	char byte;

	return read(open("v/own_read", O_RDONLY), &byte, 1) == 1 ? 0 : -1;
}

#define ACT(function)               \
	{                           \
#function, function \
	}

static const struct {
	const char *name;
	int (*act)(void);
} acts[] = { ACT(open_write), ACT(open_append), ACT(open_create),
	ACT(open_truncate), ACT(open_read_truncate), ACT(open_creat),
	ACT(open_how), ACT(open_access_3), ACT(open_by_proc), ACT(open_by_link),
	ACT(open_by_symlink), ACT(truncate_path), ACT(rename_over),
	ACT(rename_away), ACT(rename_at), ACT(rename_exchange),
	ACT(rename_directory), ACT(remove_file), ACT(remove_at),
	ACT(remove_directory), ACT(meta_chmod), ACT(meta_chmod_at),
	ACT(meta_fchmod), ACT(meta_chmod_link), ACT(meta_chmod_symlink),
	ACT(meta_chmod_directory), ACT(meta_fchmod_directory), ACT(meta_times),
	ACT(meta_futimens), ACT(meta_utimes), ACT(meta_times_now),
	ACT(meta_setxattr), ACT(meta_fsetxattr), ACT(meta_removexattr),
	ACT(meta_fremovexattr), ACT(own_write), ACT(own_rename),
	ACT(own_exchange), ACT(own_directory), ACT(own_remove), ACT(own_errors),
	ACT(own_link), ACT(own_tree), ACT(own_fifo), ACT(own_symlink),
	ACT(own_umask), ACT(own_read) };

static int
in_child(int (*act)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(10);
		errno = 0;
		_exit(act() == 0 ? 0 : errno == 0 ? 255 : errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : 1000 + WTERMSIG(status);
}

/* The name is now ours, now a second name of a victim. */
static void
flip(void)
{
	for (;;) {
		unlink("race");
		make("race");
		unlink("race");
		if (link("v/open_write", "race") == 0)
			rename("race", "race.away");
	}
}

static int
race(void)
{
	unsigned done = 0;
	pid_t pid = fork();

	if (pid == 0)
		flip();
	for (int i = 0; i < ROUNDS; i++) {
		done += unlink("race") == 0;
		done += chmod("race", 0600) == 0;
		make("race.mine");
		done += rename("race.mine", "race") == 0;
		done += fill(open("race", O_WRONLY)) == 0;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	printf("raced %u\n", done);
	return 0;
}

/*
 * Everything at the border of the free directory "free", by a session of
 * several: names there become a victim's by every way that could lead to it,
 * and are written to, changed and removed. What a session does rightly comes
 * first, under a name that no other session takes: each act must work once.
 */
static int
border(int rounds)
{
	unsigned written, left, removed;
	char name[64], own[64];
	struct timespec now;

	/* Sessions may have the same number, each in its own namespace. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(own, sizeof(own), "free/own-%d-%ld", (int)getpid(),
	    now.tv_nsec);
	snprintf(name, sizeof(name), "v/left-%d-%ld-0", (int)getpid(),
	    now.tv_nsec);
	make(own);
	written = fill(open(own, O_WRONLY | O_TRUNC)) == 0;
	left = rename(own, name) == 0;
	unlink(own);
	make(own);
	removed = unlink(own) == 0;

	for (int i = 0; i < rounds; i++) {
		(void)!link("v/open_write", "free/x");
		(void)!symlink("../v/open_write", "free/x");
		rename("v/open_write", "free/x");
		rename("v/open_write.d", "free/d");
		syscall(SYS_renameat2, AT_FDCWD, "v/open_write", AT_FDCWD,
		    "free/x", RENAME_EXCHANGE);
		make("free/x");
		written += fill(open("free/x", O_WRONLY | O_TRUNC)) == 0;
		written += fill(open("free/x", O_WRONLY | O_CREAT, 0600)) == 0;
		chmod("free/x", 0666);
		utimensat(AT_FDCWD, "free/x", then, 0);
		mkdir("mine.d", 0700);
		rename("mine.d", "free/d");
		mkdir("free/d", 0700);
		rename("free/d", "mine.e");
		snprintf(name, sizeof(name), "v/left-%d-%d", (int)getpid(), i);
		left += rename("free/x", name) == 0;
		rename("free/x", "v/open_write");
		(void)!link("free/x", "v/linked");
		make("mine");
		rename("mine", "free/x");
		removed += unlink("free/x") == 0;
		fill(open(name, O_WRONLY));
		rename(name, "free/y");
		unlink("free/y");
		rename(name, "left");
		rmdir("free/d");
	}
	printf("written %u\nleft %u\nremoved %u\n", written, left, removed);
	return 0;
}

/*
 * Waits for a file that another one saves, and longer than the own-window;
 * what was open for writing all that time is its own still.
 */
static int
late(void)
{
	const struct timespec step = { 0, 10 * 1000 * 1000 }, window = { 4, 0 };
	int fd = open("held", O_WRONLY | O_CREAT | O_EXCL, 0600);

	make("dropped");
	for (int i = 0; i < 1000 && access("v/late", F_OK) != 0; i++)
		nanosleep(&step, NULL);
	printf("there %d\n", access("v/late", F_OK) == 0 ? 0 : errno);
	nanosleep(&window, NULL);
	printf("late_remove %d\n", unlink("v/late") == 0 ? 0 : errno);
	printf("late_chmod %d\n", chmod("v/late", 0600) == 0 ? 0 : errno);
	printf("late_dropped %d\n", unlink("dropped") == 0 ? 0 : errno);
	fill(fd);
	printf("late_held %d\n", rename("held", "kept") == 0 ? 0 : errno);
	return 0;
}

static int descriptors[3]; /* handed over, a copy of it, an old file's */

static void *
flip_descriptors(void *context)
{
	for (;;) {
		dup2(descriptors[2], descriptors[0]);
		dup2(descriptors[1], descriptors[0]);
	}
	return context;
}

/*
 * While the supervisor looks what is held open for writing, the number that
 * was handed over is now that, now an old file's.
 */
static int
flip_numbers(void)
{
	const struct timespec looks = { 5, 0 };
	pthread_t threads[4];

	descriptors[0] = open("new", O_WRONLY | O_CREAT | O_EXCL, 0600);
	descriptors[1] = dup(descriptors[0]);
	descriptors[2] = open("v/open_write", O_RDONLY);
	for (int i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, flip_descriptors, NULL) !=
		    0)
			return 1;
	nanosleep(&looks, NULL);
	printf("flip_old %d\n", descriptors[2] >= 0 ? 0 : errno);
	printf("flip_chmod %d\n", chmod("v/open_write", 0666) == 0 ? 0 : errno);
	printf("flip_rename %d\n",
	    rename("v/open_write", "away") == 0 ? 0 : errno);
	fflush(stdout);
	_exit(0);
}

/* With verify = name: the first is what the victims hold, and the control; the
 * other can't be told before 4 TiB of holes have been read. */
static int
name_what_takes_hours(void)
{
	static const char right[] = "f660a7996deacfbc7560e4240054a8ad"
				    "82eb02fe25a95064257e07084bcacb85";
	static const char wrong[] = "ffffffffffffffffffffffffffffffff"
				    "ffffffffffffffffffffffffffffffff";
	int fd = open("huge", O_WRONLY | O_CREAT | O_EXCL, 0600);

	printf("hours_right %d\n",
	    link("v/open_write", right) == 0 ? 0 : errno);
	printf("hours_huge %d\n",
	    ftruncate(fd, (off_t)1 << 42) == 0 && close(fd) == 0 ? 0 : errno);
	fflush(stdout);
	printf("hours_wrong %d\n", rename("huge", wrong) == 0 ? 0 : errno);
	return 0;
}

int
main(int argc, char **argv)
{
	char plan[16] = "";
	int fd = open("plan", O_RDONLY);

	(void)argc;
	keep_log(argv);
	if (read(fd, plan, sizeof(plan) - 1) > 0) {
		if (strcmp(plan, "race") == 0)
			return race();
		if (strcmp(plan, "border") == 0)
			return border(ROUNDS / 20);
		if (strcmp(plan, "border-short") == 0)
			return border(ROUNDS / 100);
		if (strcmp(plan, "late") == 0)
			return late();
		if (strcmp(plan, "flip") == 0)
			return flip_numbers();
		if (strcmp(plan, "hours") == 0)
			return name_what_takes_hours();
	}
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		snprintf(victim, sizeof(victim), "v/%s", acts[i].name);
		snprintf(mine, sizeof(mine), "mine_%s", acts[i].name);
		printf("%s %d\n", acts[i].name, in_child(acts[i].act));
		fflush(stdout);
	}
	return 0;
}
