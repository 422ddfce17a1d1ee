/*
 * Looks for the account's own locks in the root. Names files by path, before
 * the jail: the paths are the administrator's and the system's. Places are
 * compared by device and inode, walking up, so that a bind mount or a
 * symlink can't hide one.
 */
#include "gate/login_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/quote.h"

/*
 * What sshd or a login shell reads in a home directory: sshd(8), bash(1),
 * zsh(1), tcsh(1), fish(1), pam_env(8); and what names programs to systemd and
 * to mail servers. "" is the home itself: who may write it can make any of the
 * others.
 */
static const char *const lock_names[] = { "", ".ssh", ".ssh/authorized_keys",
	".ssh/authorized_keys2", ".ssh/rc", ".ssh/environment", ".bashrc",
	".bash_profile", ".bash_login", ".bash_logout", ".profile", ".zshenv",
	".zprofile", ".zshrc", ".zlogin", ".zlogout", ".cshrc", ".tcshrc",
	".login", ".logout", ".kshrc", ".mkshrc", ".config", ".config/fish",
	".config/fish/config.fish", ".config/fish/conf.d", ".config/systemd",
	".config/systemd/user", ".local", ".local/share",
	".local/share/systemd", ".local/share/systemd/user", ".pam_environment",
	".rhosts", ".shosts", ".k5login", ".forward", ".procmailrc",
	".mailfilter", ".qmail", ".bash_aliases" };

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

/* ... for the account, which then can't change it either. */
static bool
says_missing(int error)
{
	return error == ENOENT || error == ENOTDIR || error == EACCES;
}

/* The directory that holds an open file or is it, as O_PATH. */
static int
directory_of(int fd, const struct stat *st, const char *path)
{
	not_zeroed char resolved[PATH_MAX];
	struct stat named;
	char *slash;

	if (S_ISDIR(st->st_mode))
		return openat(fd, ".", O_PATH | O_CLOEXEC);
	/* No symlink at the end: it stands where its path says. */
	if (lstat(path, &named) == 0 && same_file(&named, st))
		snprintf(resolved, sizeof(resolved), "%s", path);
	else if (realpath(path, resolved) == NULL)
		return -1;
	slash = strrchr(resolved, '/');
	if (slash == NULL) /* --config=own.conf: beside us */
		return open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	slash[slash == resolved] = '\0';
	return open(resolved, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* What is looked for, and for whom. */
struct search {
	struct stat root;
	uid_t uid;
	struct stat clear; /* a directory from which the root is not met */
};

/* Is the root not met at all on the way up from here? */
static bool
is_clear(struct search *search, int directory)
{
	struct stat st;

	if (fstat(directory, &st) != 0)
		return false;
	/* Most locks lie in one directory. */
	if (search->clear.st_nlink > 0 && same_file(&st, &search->clear))
		return true;
	if (climb(directory, &search->root, 0) != 0)
		return false;
	search->clear = st;
	return true;
}

/* Returns true where the lock lies in the root within the account's reach. */
static bool
lock_is_open(struct search *search, const char *path)
{
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC);
	auto_fd int directory = -1;
	struct stat st;

	if (fd < 0)
		return !says_missing(errno);
	if (fstat(fd, &st) != 0)
		return true;
	directory = directory_of(fd, &st, path);
	if (directory < 0)
		return true;
	if (is_clear(search, directory))
		return false;
	/* ... or a reachable file below directories that are not. */
	return climb(directory, &search->root, search->uid) != 0 ||
	       (!S_ISDIR(st.st_mode) && within_reach(fd, &st, search->uid));
}

static bool
is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/*
 * Is the login shell this very program? It reads nothing in the home, and
 * whatever an authorized_keys there says, sshd runs it through us.
 */
static bool
shell_is_ours(const struct session *session)
{
	struct stat shell, self;

	if (session->shell[0] != '/' || stat(session->shell, &shell) != 0)
		return false;
	return stat("/proc/self/exe", &self) == 0 && same_file(&shell, &self);
}

/*
 * What else runs programs that a home names, without any shell: the account's
 * systemd (.config/systemd/user) and mail servers (.forward). Fills reader
 * with a path that shows one to be there, or with "".
 */
static void
find_other_reader(const struct session *session, char *reader, size_t size)
{
	snprintf(reader, size, "/run/user/%u", (unsigned)session->uid);
	if (!is_there(reader))
		snprintf(reader, size, "/usr/sbin/sendmail");
	if (!is_there(reader))
		reader[0] = '\0';
}

/* Looks at one lock: true where it is shut, else false with why. */
static bool
lock_is_shut(struct search *search, const char *path, const char *harm,
    struct buf *why)
{
	if (!lock_is_open(search, path))
		return true;
	buf_add_text(why, "the writable root holds ");
	quote_add(why, path, strlen(path), 512);
	buf_addf(why, ", which the account could change to %s", harm);
	return false;
}

/* A configuration that the account itself owns must be out of reach. */
static bool
config_is_shut(struct search *search, const char *file, struct buf *why)
{
	static const char *const beside[] = { "", "conf.d", "users.d" };
	static const char harm[] = "have another policy";
	const char *slash = strrchr(file, '/');
	int len = slash == NULL ? 1 : (int)(slash - file) + 1;
	not_zeroed char path[PATH_MAX + 64];

	if (!lock_is_shut(search, file, harm, why))
		return false;
	for (size_t i = 0; i < sizeof(beside) / sizeof(*beside); i++) {
		snprintf(path, sizeof(path), "%.*s/%s", len,
		    slash == NULL ? "." : file, beside[i]);
		if (!lock_is_shut(search, path, harm, why))
			return false;
	}
	return true;
}

static bool
is_missing(int directory, const char *name)
{
	struct stat st;

	return fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0 &&
	       says_missing(errno);
}

static bool
home_is_shut(struct search *search, const char *home, struct buf *why)
{
	auto_fd int fd = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);
	not_zeroed char room[PATH_MAX + 64];
	struct buf path;

	if (fd < 0 && says_missing(errno))
		return true;
	for (size_t i = 0; i < sizeof(lock_names) / sizeof(*lock_names); i++) {
		const char *name = lock_names[i];

		/* Most are, and a look costs a fraction of an open. */
		if (fd >= 0 && *name != '\0' && is_missing(fd, name))
			continue;
		buf_init(&path, room, sizeof(room));
		buf_add_text(&path, home);
		buf_add_text(&path, "/");
		buf_add_text(&path, name);
		if (!lock_is_shut(search, buf_text(&path), "gain a shell", why))
			return false;
	}
	return true;
}

bool
login_files_are_safe(const struct session *session, const struct policy *policy,
    const struct config_origin *origin, const struct root *root,
    struct buf *why)
{
	struct search search = { .uid = session->uid };
	char reader[64] = "";

	if (!policy_may_write(policy))
		return true;
	if (fstat(root->fd, &search.root) != 0)
		return false;
	if (origin->own_file != NULL &&
	    !config_is_shut(&search, origin->own_file, why))
		return false;
	if (policy->home_in_root)
		return true;
	if (origin->by_root && shell_is_ours(session)) {
		find_other_reader(session, reader, sizeof(reader));
		if (reader[0] == '\0')
			return true;
	}
	if (home_is_shut(&search, session->home, why))
		return true;
	if (reader[0] != '\0')
		buf_addf(why, " (not through the login shell, but see %s)",
		    reader);
	buf_add_text(why, "; give it to another owner, choose a root without "
			  "it, or say --home-in-root");
	return false;
}
