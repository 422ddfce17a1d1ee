/*
 * A directory of the test's own, shown by a file system that lacks things
 * (tests/fault/poorfs.c). Only in a mount namespace of the test's own.
 */
#ifndef FILESONLY_TESTS_UNIT_POORFS_H
#define FILESONLY_TESTS_UNIT_POORFS_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "privatens.h"

/* Of FUSE's requests (linux/fuse.h), and of all of them. */
enum { POORFS_OPCODES = 64 };

struct poorfs {
	char top[64];  /* holds back/, mnt/ and counts */
	char back[96]; /* the directory itself */
	char mnt[96];  /* ... as the poor file system shows it */
	uint32_t counts[POORFS_OPCODES];
};

/* Once, before anything is mounted. False: no test can run here. */
static inline bool
poorfs_possible(void)
{
	return access("/dev/fuse", R_OK | W_OK) == 0 && private_mounts() == 0;
}

/* Runs a program to its end; what it prints is nobody's. 0 or -1. */
static inline int
poorfs_run(char *const *argv)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0
									 : -1;
}

/*
 * Shows fs->back at fs->mnt, which exist in fs->top. lacks and cache as the
 * program's options.
 */
static inline int
poorfs_mount(struct poorfs *fs, const char *lacks, unsigned cache)
{
	const char *build = getenv("BUILD");
	char program[256], lacking[128], caching[32], counting[96];
	char *argv[] = { program, caching, counting, lacking, fs->back, fs->mnt,
		NULL };

	snprintf(program, sizeof(program), "%s/tests/fault/poorfs",
	    build == NULL ? "build/release" : build);
	snprintf(lacking, sizeof(lacking), "lacks=%s", lacks);
	snprintf(caching, sizeof(caching), "cache=%u", cache);
	snprintf(counting, sizeof(counting), "counts=%s/counts", fs->top);
	return poorfs_run(argv);
}

/* The same of a new, empty directory, to which everybody may write. */
static inline int
poorfs_start(struct poorfs *fs, const char *lacks, unsigned cache)
{
	snprintf(fs->top, sizeof(fs->top), "/tmp/poorfs.XXXXXX");
	if (mkdtemp(fs->top) == NULL || chmod(fs->top, 0755) != 0)
		return -1;
	snprintf(fs->back, sizeof(fs->back), "%s/back", fs->top);
	snprintf(fs->mnt, sizeof(fs->mnt), "%s/mnt", fs->top);
	if (mkdir(fs->back, 0777) != 0 || chmod(fs->back, 0777) != 0 ||
	    mkdir(fs->mnt, 0777) != 0)
		return -1;
	return poorfs_mount(fs, lacks, cache);
}

/* Counts anew. Returns how many requests there were since the last time. */
static inline unsigned
poorfs_count(struct poorfs *fs)
{
	char path[96];
	unsigned sum = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/counts", fs->top);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || pread(fd, fs->counts, sizeof(fs->counts), 0) !=
			  (ssize_t)sizeof(fs->counts))
		return UINT32_MAX;
	for (int i = 0; i < POORFS_OPCODES; i++)
		sum += fs->counts[i];
	if (pwrite(fd, (uint32_t[POORFS_OPCODES]){ 0 }, sizeof(fs->counts),
		0) != (ssize_t)sizeof(fs->counts))
		sum = UINT32_MAX;
	close(fd);
	return sum;
}

/* Unmounts it, which ends the program, and removes all. */
static inline void
poorfs_stop(struct poorfs *fs)
{
	char *argv[] = { (char[]){ "rm" }, (char[]){ "-rf" }, fs->top, NULL };

	umount2(fs->mnt, MNT_DETACH);
	if (fs->top[0] != '\0' && poorfs_run(argv) == 0)
		fs->top[0] = '\0';
}

#endif
