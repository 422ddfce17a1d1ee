/*
 * Looks for what it knows on the machine; what can't be read counts as seen.
 * Names files by path, before the jail.
 */
#include "decide/home_readers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/xalloc.h"
#include "program/elf.h"

enum { TEXT_MAX = 1 << 20 };

/* Judges a line of a file: does it let a home speak? */
typedef bool judge_line(const char *line);

static bool
home_readers_has(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* The login shell: whatever authorized_keys says, sshd runs it through us. */
static bool
shell_is_ours(const struct session *session)
{
	const char *program =
	    session->program == NULL ? "/proc/self/exe" : session->program;
	struct stat shell, self;

	return session->shell[0] == '/' && stat(session->shell, &shell) == 0 &&
	       stat(program, &self) == 0 && shell.st_dev == self.st_dev &&
	       shell.st_ino == self.st_ino;
}

/* A program interpreter loads us, and obeys LD_PRELOAD and its like. */
static bool
is_dynamic(const struct session *session)
{
	struct needed_files files = { .at = NULL };
	bool result;

	if (session->program == NULL)
		return getauxval(AT_BASE) != 0;
	result = elf_resolve(&files, session->program) != 0 || files.count > 1;
	needed_files_free(&files);
	return result;
}

/* pam_env(8) with user_readenv reads .pam_environment. */
static bool
pam_reads_home(const char *line)
{
	return line[0] != '#' && strstr(line, "user_readenv=1") != NULL;
}

/* What follows a keyword of sshd_config(5), in either case; or NULL. */
static const char *
value_of(const char *line, const char *keyword)
{
	size_t len = strlen(keyword), gap;

	if (strncasecmp(line, keyword, len) != 0)
		return NULL;
	gap = strspn(line + len, " \t=\"");
	return gap == 0 ? NULL : line + len + gap;
}

static bool
is_word(const char *value, const char *word)
{
	size_t len = strlen(word);

	return strncmp(value, word, len) == 0 &&
	       strchr(" \t\r\"#", value[len]) != NULL;
}

/* .ssh/environment is read; or the line names a file that we don't read. */
static bool
sshd_reads_home(const char *line)
{
	const char *permit = value_of(line, "PermitUserEnvironment");
	const char *include = value_of(line, "Include");

	return (permit != NULL && !is_word(permit, "no")) ||
	       (include != NULL &&
		   !is_word(include, "/etc/ssh/sshd_config.d/*.conf"));
}

static bool
text_says(char *text, judge_line *judge)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (judge(line + strspn(line, " \t")))
			return true;
	}
	return false;
}

/* A line of the file says so, or it can't be read. */
static bool
file_says(int at, const char *path, judge_line *judge)
{
	auto_fd int fd =
	    openat(at, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	auto_free char *text = NULL;
	ssize_t len;

	if (fd < 0)
		return errno != ENOENT && errno != ENOTDIR;
	text = xcalloc(1, TEXT_MAX + 1);
	len = io_read_all(fd, text, TEXT_MAX);
	return len < 0 || len == TEXT_MAX || text_says(text, judge);
}

/* A file in the directory says so; name is its name then. */
static bool
directory_says(const char *path, judge_line *judge, char name[NAME_MAX + 1])
{
	DIR *stream = opendir(path);
	const struct dirent *entry;
	bool says = false;

	name[0] = '\0';
	if (stream == NULL)
		return errno != ENOENT && errno != ENOTDIR;
	while (!says && (entry = readdir(stream)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
		says = file_says(dirfd(stream), name, judge);
	}
	closedir(stream);
	return says;
}

static bool
in_file(const char *path, judge_line *judge, struct buf *why)
{
	if (!file_says(AT_FDCWD, path, judge))
		return false;
	buf_addf(why, "see %s", path);
	return true;
}

static bool
in_directory(const char *path, judge_line *judge, struct buf *why)
{
	char name[NAME_MAX + 1];

	if (!directory_says(path, judge, name))
		return false;
	buf_addf(why, "see %s/%s", path, name);
	return true;
}

/* A file in the home can set the environment of a login. */
static bool
sets_environment(struct buf *why)
{
	return in_directory("/etc/pam.d", pam_reads_home, why) ||
	       in_directory("/usr/lib/pam.d", pam_reads_home, why) ||
	       in_file("/etc/pam.conf", pam_reads_home, why) ||
	       in_file("/etc/ssh/sshd_config", sshd_reads_home, why) ||
	       in_directory("/etc/ssh/sshd_config.d", sshd_reads_home, why);
}

/* Something runs programs that a home names, without any shell. */
static bool
runs_programs(const struct session *session, struct buf *why)
{
	char systemd[32];

	snprintf(systemd, sizeof(systemd), "/run/user/%u",
	    (unsigned)session->uid);
	if (home_readers_has(systemd))
		buf_addf(why, "see %s", systemd);
	else if (home_readers_has("/usr/sbin/sendmail"))
		buf_add_text(why, "see /usr/sbin/sendmail");
	else
		return false;
	return true;
}

bool
home_readers_are_none(const struct session *session, struct buf *why)
{
	return shell_is_ours(session) && !runs_programs(session, why) &&
	       !(is_dynamic(session) && sets_environment(why));
}
