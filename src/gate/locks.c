/*
 * Looks for the account's own locks in the root. Names files by path, before
 * the jail: the paths are the administrator's and the system's. Places are
 * compared by device and inode, walking up, so that a bind mount or a
 * symlink can't hide one.
 */
#include "gate/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/quote.h"

/*
 * What sshd or a login shell reads in a home directory: sshd(8), bash(1),
 * zsh(1), tcsh(1), fish(1), pam_env(8). "" is the home itself: who may write
 * it can make any of the others.
 */
static const char *const lock_names[] = { "", ".ssh", ".ssh/authorized_keys",
	".ssh/authorized_keys2", ".ssh/rc", ".ssh/environment", ".bashrc",
	".bash_profile", ".bash_login", ".bash_logout", ".profile", ".zshenv",
	".zprofile", ".zshrc", ".zlogin", ".zlogout", ".cshrc", ".tcshrc",
	".login", ".logout", ".kshrc", ".mkshrc", ".config", ".config/fish",
	".config/fish/config.fish", ".config/fish/conf.d", ".pam_environment",
	".rhosts", ".shosts", ".k5login", ".forward" };

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* May the account change this directory or file? Errors count as yes. */
static bool
within_reach(int fd, const struct stat *st, uid_t uid)
{
	if (uid == 0 || st->st_uid == uid)
		return true;
	if (faccessat(fd, "", W_OK, AT_EACCESS | AT_EMPTY_PATH) == 0)
		return true;
	return errno != EACCES && errno != EROFS;
}

/*
 * Walks from a directory up to the top. Returns 1 where the root is met and
 * something on the way (the root included) is within reach, 0 where the root
 * is not met or all is out of reach, -1 where the walk fails.
 */
static int
climb(int start, const struct stat *root, uid_t uid)
{
	auto_fd int fd = openat(start, ".", O_PATH | O_CLOEXEC);
	bool reachable = false;
	struct stat st, last = { 0 };

	for (int depth = 0; fd >= 0 && depth < 4096; depth++) {
		int up;

		if (fstat(fd, &st) != 0)
			return -1;
		if (depth > 0 && same_file(&st, &last))
			return 0; /* the top: the root was not met */
		reachable = reachable || within_reach(fd, &st, uid);
		if (same_file(&st, root))
			return reachable;
		last = st;
		up = openat(fd, "..", O_PATH | O_CLOEXEC);
		auto_close_fd(&fd);
		fd = up;
	}
	return -1;
}

/* The directory that holds an open file or is it, as O_PATH. */
static int
directory_of(int fd, const struct stat *st, const char *path)
{
	char resolved[PATH_MAX], *slash;

	if (S_ISDIR(st->st_mode))
		return openat(fd, ".", O_PATH | O_CLOEXEC);
	if (realpath(path, resolved) == NULL)
		return -1;
	slash = strrchr(resolved, '/');
	slash[slash == resolved] = '\0';
	return open(resolved, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Returns true where the lock lies in the root within the account's reach. */
static bool
lock_is_open(const char *path, const struct stat *root, uid_t uid)
{
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC);
	auto_fd int directory = -1;
	struct stat st;
	int met;

	if (fd < 0)
		return errno != ENOENT && errno != ENOTDIR && errno != EACCES;
	if (fstat(fd, &st) != 0)
		return true;
	directory = directory_of(fd, &st, path);
	if (directory < 0)
		return true;
	met = climb(directory, root, uid);
	if (met != 0)
		return true;
	/* A reachable file below directories that are not. */
	return !S_ISDIR(st.st_mode) && within_reach(fd, &st, uid) &&
	       climb(directory, root, 0) != 0;
}

bool
locks_hold(const struct session *session, const struct policy *policy,
    const struct root *root, struct buf *why)
{
	char path[PATH_MAX + 64];
	struct stat st;

	if (!policy_may_write(policy) || policy->home_in_root)
		return true;
	if (fstat(root->fd, &st) != 0)
		return false;
	for (size_t i = 0; i < sizeof(lock_names) / sizeof(*lock_names); i++) {
		snprintf(path, sizeof(path), "%s/%s", session->home,
		    lock_names[i]);
		if (!lock_is_open(path, &st, session->uid))
			continue;
		buf_add_text(why, "the writable root holds ");
		quote_add(why, path, strlen(path), 512);
		buf_add_text(why,
		    ", which the account could change to gain a shell; give "
		    "it to another owner, choose a root without it, or say "
		    "--home-in-root");
		return false;
	}
	return true;
}
