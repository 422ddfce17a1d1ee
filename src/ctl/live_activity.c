/*
 * By descriptors and counters of the session's processes in /proc. Behind its
 * walls a session may see its root under another name; that is known, too.
 */
#include "ctl/live_activity.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "confine/mountns.h"
#include "root/private_names.h"

static const char removed[] = " (deleted)";

/* The number behind a word of a file of /proc, in that base. */
static uint64_t
number_in(int directory, const char *name, const char *word, int base)
{
	auto_fd int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	char text[1024];
	ssize_t got = fd < 0 ? -1 : io_read_all(fd, text, sizeof(text) - 1);
	const char *at;

	text[got < 0 ? 0 : got] = '\0';
	at = strstr(text, word);
	return at == NULL ? 0 : strtoull(at + strlen(word), NULL, base);
}

/* What follows root in path, which may be what follows it; NULL elsewhere. */
static const char *
below(const char *path, const char *root)
{
	size_t len = strlen(root);

	while (len > 0 && root[len - 1] == '/')
		len--;
	if (strncmp(path, root, len) != 0 || path[len] != '/')
		return NULL;
	return path + len;
}

/*
 * Is that the file's name below the session's root? One without a name is in
 * that directory, as far as can be seen.
 */
static bool
is_name_of(const struct live_session *session, const char *name,
    const struct stat *st)
{
	char path[2 * PATH_MAX + 16];
	struct stat there;

	if (st->st_nlink == 0)
		return stat(session->root, &there) == 0 &&
		       there.st_dev == st->st_dev;
	snprintf(path, sizeof(path), "%s%s", session->root, name);
	return lstat(path, &there) == 0 && there.st_dev == st->st_dev &&
	       there.st_ino == st->st_ino;
}

/*
 * The name below the root of what a session's process sees at path: on the
 * machine, in a namespace, or with the root for its own. NULL: none.
 */
static const char *
name_below(const struct live_session *session, const char *path,
    const struct stat *st)
{
	const char *const roots[] = { session->root, MOUNTNS_PLACE, "" };

	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		const char *name = below(path, roots[i]);

		if (name != NULL && is_name_of(session, name, st))
			return name;
	}
	return NULL;
}

/* Takes a file's name; one without has its directory's. */
static void
take_name(struct live_activity *activity, const char *path)
{
	char *slash;

	snprintf(activity->file, sizeof(activity->file), "%s", path);
	slash = strrchr(activity->file, '/');
	activity->is_unnamed =
	    strstr(slash, removed) != NULL || private_is(slash + 1);
	if (activity->is_unnamed)
		slash[1] = '\0';
}

/* A regular file of the root; one that is written goes first. */
static void
take_descriptor(const struct live_session *session, int fds, const char *name,
    struct live_activity *activity)
{
	char link[PATH_MAX + 16], info[64];
	const char *path;
	struct stat st;
	bool is_written;
	ssize_t len;

	if (fstatat(fds, name, &st, 0) != 0 || !S_ISREG(st.st_mode))
		return;
	len = readlinkat(fds, name, link, sizeof(link) - 1);
	if (len <= 0)
		return;
	link[len] = '\0';
	path = name_below(session, link, &st);
	if (path == NULL)
		return;
	snprintf(info, sizeof(info), "../fdinfo/%s", name);
	is_written =
	    (number_in(fds, info, "flags:", 8) & FD_ACCESS) != O_RDONLY;
	if (activity->file[0] != '\0' && (activity->is_written || !is_written))
		return;
	activity->is_written = is_written;
	take_name(activity, path);
}

static void
take_files(const struct live_session *session, int proc,
    struct live_activity *activity)
{
	int fds = openat(proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fds < 0 ? NULL : fdopendir(fds);
	const struct dirent *entry;

	if (directory == NULL) {
		auto_close_fd(&fds);
		return;
	}
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] != '.')
			take_descriptor(session, fds, entry->d_name, activity);
	}
	closedir(directory);
}

void
live_activity_read(const struct live_sessions *sessions,
    struct live_session *session, struct live_activity *activity)
{
	*activity = (struct live_activity){ .in = 0 };
	if (!session->is_told)
		return;
	(void)!live_session_read(session);
	activity->in = session->told.in;
	activity->out = session->told.out;
	take_files(session, session->proc, activity);
	for (size_t i = 0; i < sessions->process_count; i++) {
		pid_t pid = sessions->processes[i].pid;
		char path[32];
		auto_fd int proc = -1;

		if (pid == session->pid ||
		    !live_descends(sessions, pid, session->pid))
			continue;
		snprintf(path, sizeof(path), "/proc/%d", (int)pid);
		proc = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (proc < 0)
			continue;
		activity->read += number_in(proc, "io", "rchar: ", 10);
		activity->wrote += number_in(proc, "io", "wchar: ", 10);
		take_files(session, proc, activity);
	}
}
