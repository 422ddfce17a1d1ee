/*
 * Asks of each login file, and of each directory on the way to it, whether the
 * client could change it. The names come from the manuals of the programs that
 * read them.
 */
#include "decide/login_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/quote.h"
#include "decide/path_walk.h"

/* In a directory (a slash at the end) each entry counts. */
// clang-format off
static const char *const login_names[] = {
	/* sshd(8), and who may come without a password */
	".ssh/", ".ssh/authorized_keys", ".ssh/authorized_keys2", ".ssh/rc",
	".ssh/environment", ".shosts", ".rhosts", ".k5login", ".k5users",
	/* modules of PAM */
	".pam_environment", ".google_authenticator", ".config/Yubico/",
	".yubico/", ".pam_mount.conf.xml", ".pamusb/", ".eid/", ".otpw",
	".ecryptfs/", ".xauth/",
	/* sh(1), bash(1), ksh(1), and what their files in /etc/skel name */
	".profile", ".bash_profile", ".bash_login", ".bashrc", ".bashrc.d/",
	".bash_aliases", ".bash_completion", ".bash_logout", ".inputrc",
	".shrc", ".kshrc", ".mkshrc", ".yash_profile", ".yashrc",
	".login_conf", "bin", ".bin", ".local/bin",
	/* other shells */
	".zshenv", ".zprofile", ".zshrc", ".zlogin", ".zlogout", ".cshrc",
	".tcshrc", ".login", ".logout", ".config/fish/",
	".config/fish/conf.d/", ".config/fish/functions/",
	".config/fish/completions/", ".local/share/fish/vendor_conf.d/",
	".config/nushell/", ".config/elvish/", ".elvish/", ".xonshrc",
	".config/xonsh/", ".config/powershell/", ".config/oils/", ".rcrc",
	".esrc",
	/* systemd --user and what it starts: user units, D-Bus services */
	".config/systemd/", ".config/systemd/user/",
	".config/systemd/user.control/", ".local/share/systemd/user/",
	".config/environment.d/", ".config/user-tmpfiles.d/",
	".local/share/user-tmpfiles.d/", ".local/share/dbus-1/services/",
	".config/containers/systemd/", ".config/autostart/",
	/* sessions of X */
	".xsession", ".xsessionrc", ".Xsession", ".xprofile", ".xinitrc",
	".xserverrc", ".vnc/xstartup", ".config/plasma-workspace/env/",
	/* mail servers */
	".forward", ".procmailrc", ".mailfilter", ".mailfilters/", ".qmail",
	".qmail-default", ".courier", ".courier-default", ".dovecot.sieve",
	".dovecot.svbin", "sieve/", ".vacation.msg",
};
// clang-format on

enum {
	NAMES = sizeof(login_names) / sizeof(login_names[0]),
	MOST_ENTRIES = 4096,
	FEW_ENTRIES = 64, /* more than these are dearer than a look for each */
};

static bool
is_special(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool
an_entry_is_exposed(struct exposure *exposure, int directory, DIR *stream,
    struct buf *why)
{
	const struct dirent *entry;

	for (int i = 0; (entry = readdir(stream)) != NULL; i++) {
		if (i == MOST_ENTRIES) {
			buf_add_text(why, "too many files lie there");
			return true;
		}
		if (!is_special(entry->d_name) &&
		    path_is_exposed(exposure, directory, entry->d_name, why))
			return true;
	}
	return false;
}

/* The login names that may be there: most are not. */
struct present {
	bool at[NAMES];
};

/*
 * The part of a login name that lies in the directory top of the home: all of
 * it for "". NULL where the name lies elsewhere, or is top itself.
 */
static const char *
part_below(const char *name, const char *top)
{
	size_t len = strlen(top);

	if (strncmp(name, top, len) != 0 || name[len] == '\0')
		return NULL;
	return name + len;
}

/* The length of the name's first component. */
static size_t
first_len(const char *name)
{
	return strcspn(name, "/");
}

/* Which names may be meant by top's entry? Some file systems fold case. */
static void
note_entry(struct present *present, const char *top, const char *entry)
{
	size_t len = strlen(entry);

	for (size_t i = 0; i < NAMES; i++) {
		const char *part = part_below(login_names[i], top);

		if (part != NULL && first_len(part) == len &&
		    strncasecmp(part, entry, len) == 0)
			present->at[i] = true;
	}
}

static bool
is_ascii(const char *text)
{
	while (*text != '\0') {
		if ((unsigned char)*text++ >= 0x80)
			return false;
	}
	return true;
}

/* Reads a short directory. Returns false where each name must be looked for. */
static bool
note_entries(struct present *present, const char *top, DIR *stream)
{
	const struct dirent *entry;

	for (int i = 0; i < FEW_ENTRIES; i++) {
		errno = 0;
		entry = readdir(stream);
		if (entry == NULL)
			return errno == 0;
		if (!is_ascii(entry->d_name))
			return false;
		note_entry(present, top, entry->d_name);
	}
	return false;
}

static void
look_for_each(struct present *present, const char *top, int directory)
{
	char first[64];
	struct stat st;

	for (size_t i = 0; i < NAMES; i++) {
		const char *part = part_below(login_names[i], top);

		if (part == NULL)
			continue;
		snprintf(first, sizeof(first), "%.*s", (int)first_len(part),
		    part);
		present->at[i] =
		    fstatat(directory, first, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
		    errno != ENOENT;
	}
}

/* Returns the open directory once more, to be read; or NULL. */
static DIR *
open_stream(int directory)
{
	auto_fd int fd =
	    openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	if (stream != NULL)
		(void)!take_fd(&fd); /* the stream's now */
	return stream;
}

/* Finds the names below top, which is this directory. */
static void
find_present(struct present *present, const char *top, int directory)
{
	DIR *stream = open_stream(directory);
	bool all;

	for (size_t i = 0; i < NAMES; i++) {
		if (part_below(login_names[i], top) != NULL)
			present->at[i] = false;
	}
	all = stream != NULL && note_entries(present, top, stream);
	if (stream != NULL)
		closedir(stream);
	if (!all)
		look_for_each(present, top, directory);
}

/*
 * Where the client can't change what lies in the home's directory top, what is
 * missing there stays so: a walk for each of its names would find no more.
 */
static void
find_present_below(struct present *present, const char *top,
    struct exposure *exposure, int home)
{
	char room[256];
	struct buf unused;
	auto_fd int end = -1;
	bool any = false;

	buf_init(&unused, room, sizeof(room));
	for (size_t i = 0; i < NAMES; i++)
		any |=
		    present->at[i] && part_below(login_names[i], top) != NULL;
	if (any &&
	    path_walk(exposure, home, top, &end, &unused) == WALK_REACHED)
		find_present(present, top, end);
}

/* A login of the account can't list what the account can't. */
static bool
entries_are_exposed(struct exposure *exposure, int directory, struct buf *why)
{
	DIR *stream = open_stream(directory);
	bool exposed;

	if (stream == NULL)
		return errno != EACCES && errno != ENOTDIR;
	exposed = an_entry_is_exposed(exposure, directory, stream, why);
	closedir(stream);
	return exposed;
}

static bool
name_is_exposed(struct exposure *exposure, int home, const char *name,
    struct buf *why)
{
	bool each = name[strlen(name) - 1] == '/';
	auto_fd int end = -1;

	switch (path_walk(exposure, home, name, &end, why)) {
	case WALK_EXPOSED:
		return true;
	case WALK_MISSING:
		return false;
	case WALK_REACHED:
		break;
	}
	return each && entries_are_exposed(exposure, end, why);
}

static void
say_which(const char *home, const char *name, struct buf *why)
{
	not_zeroed char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s%s%s", home,
	    name[0] == '\0' || home[1] == '\0' ? "" : "/", name);
	buf_add_text(why, ": the account could change ");
	quote_add(why, path, strlen(path), 512);
	buf_add_text(why, " to gain a shell");
}

static bool
home_is_exposed(struct exposure *exposure, const char *home, struct buf *why)
{
	struct present present;
	auto_fd int fd = -1;

	switch (path_walk(exposure, AT_FDCWD, home, &fd, why)) {
	case WALK_EXPOSED:
		say_which(home, "", why);
		return true;
	case WALK_MISSING:
		return false;
	case WALK_REACHED:
		break;
	}
	find_present(&present, "", fd);
	find_present_below(&present, ".config/", exposure, fd);
	find_present_below(&present, ".local/share/", exposure, fd);
	for (size_t i = 0; i < NAMES; i++) {
		if (present.at[i] &&
		    name_is_exposed(exposure, fd, login_names[i], why)) {
			say_which(home, login_names[i], why);
			return true;
		}
	}
	return false;
}

/*
 * sshd's ChrootDirectory may be any directory above the home, or the home: a
 * login finds its files by the whole path, outside; here they may lie at each
 * end of it.
 */
bool
login_files_are_exposed(struct exposure *exposure, const char *home,
    struct buf *why)
{
	const char *end = home;

	if (home_is_exposed(exposure, home, why))
		return true;
	while (exposure->views.in_chroot && strcmp(end, "/") != 0) {
		end = strchr(end + 1, '/');
		if (end == NULL)
			end = "/";
		if (home_is_exposed(exposure, end, why))
			return true;
	}
	return false;
}
