/*
 * A descriptor of /proc/PID means one process: what is read by it can't be
 * another's that got its number. Another account may run a program that is
 * named as ours, or ours with words of its own: the first is none of these, the
 * second shows with its uid, which the kernel tells.
 */
#include "ctl/live_sessions.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "ctl/audit_entry.h"
#include "ctl/gate_program.h"

enum { PROC_DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

/* The program by which a session is known. */
struct gate {
	char
	    path[PATH_MAX + 16]; /* with what /proc puts behind a removed one */
	struct stat st;
};

static int
gate_load(struct gate *gate)
{
	char path[PATH_MAX];

	if (gate_program(path) == NULL || stat(path, &gate->st) != 0)
		return -1;
	snprintf(gate->path, sizeof(gate->path), "%s (deleted)", path);
	return 0;
}

/* A small file of /proc/PID, whole, as a C string. */
static bool
read_small(int proc, const char *name, char *room, size_t size)
{
	auto_fd int fd = openat(proc, name, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : io_read_all(fd, room, size - 1);

	room[got < 0 ? 0 : got] = '\0';
	return got > 0;
}

/* The word of that number, behind the name, which may hold blanks. */
static int64_t
stat_number(const char *stat, unsigned number)
{
	const char *at = strrchr(stat, ')');

	for (; at != NULL && number > 2; number--)
		at = strchr(at + 1, ' ');
	return at == NULL ? 0 : strtoll(at + 1, NULL, 10);
}

static uid_t
uid_of(int proc)
{
	char status[4096];
	const char *at = read_small(proc, "status", status, sizeof(status))
			     ? strstr(status, "\nUid:\t")
			     : NULL;

	return at == NULL ? (uid_t)-1 : (uid_t)strtoul(at + 6, NULL, 10);
}

/*
 * Does the process run the gate? One that was replaced by an upgrade has no
 * name any more, but its place's and its owner.
 */
static bool
runs_gate(const struct gate *gate, int proc, bool *is_older)
{
	char link[PATH_MAX + 16];
	struct stat st;
	ssize_t len;

	*is_older = false;
	if (fstatat(proc, "exe", &st, 0) != 0)
		return false;
	if (st.st_dev == gate->st.st_dev && st.st_ino == gate->st.st_ino)
		return true;
	len = readlinkat(proc, "exe", link, sizeof(link) - 1);
	if (len <= 0 || st.st_nlink != 0 || st.st_uid != gate->st.st_uid)
		return false;
	link[len] = '\0';
	*is_older = true;
	return strcmp(link, gate->path) == 0;
}

/* Recognises a gate by its name where the caller can't see its program. */
static bool
looks_like_gate(int proc)
{
	char name[32];

	return uid_of(proc) == getuid() &&
	       read_small(proc, "comm", name, sizeof(name)) &&
	       strcmp(name, "filesonly\n") == 0;
}

static char *
keep_value(const struct audit_entry *entry, const char *key)
{
	const char *value = audit_value(entry, key);

	return xstrdup(value == NULL ? "" : value);
}

/* What stands in the file of session/live.h. */
static bool
read_told(struct live_session *session)
{
	char text[LIVE_BYTES];
	struct audit_entry entry;
	ssize_t got = pread(session->page, text, sizeof(text) - 1, LIVE_TEXT);

	if (got <= 0)
		return false;
	text[got] = '\0';
	if (!audit_line_read(text, &entry) || strcmp(entry.event, "live") != 0)
		return false;
	session->id = keep_value(&entry, "session");
	session->account = keep_value(&entry, "user");
	session->service = keep_value(&entry, "service");
	session->address = keep_value(&entry, "address");
	session->key = keep_value(&entry, "key");
	session->root = keep_value(&entry, "root");
	session->began = entry.time;
	session->is_virtual =
	    audit_value(&entry, "virtual") != NULL &&
	    strcmp(audit_value(&entry, "virtual"), "yes") == 0;
	return live_session_read(session);
}

bool
live_session_read(struct live_session *session)
{
	return session->page >= 0 &&
	       pread(session->page, &session->told, sizeof(session->told), 0) ==
		   (ssize_t)sizeof(session->told);
}

/*
 * Opens a session's file. Whoever runs the gate by a program of his own may
 * have another object under such a name: a FIFO would hold us up, or a server
 * of files. The file lies in memory, where nobody does.
 */
static int
open_page(int fds, const char *name)
{
	auto_fd int pinned = openat(fds, name, O_PATH | O_CLOEXEC);
	char path[32];
	struct statfs fs;
	struct stat st;

	if (pinned < 0 || fstat(pinned, &st) != 0 || !S_ISREG(st.st_mode) ||
	    fstatfs(pinned, &fs) != 0 || fs.f_type != TMPFS_MAGIC)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pinned);
	return openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
}

/*
 * Looks through the descriptors. Returns false where this is no session: a
 * helper of one has none above 2.
 */
static bool
look_at_descriptors(struct live_session *session)
{
	static const char name[] = "/memfd:" LIVE_NAME " ";
	int fds = openat(session->proc, "fd", PROC_DIRECTORY);
	DIR *directory = fds < 0 ? NULL : fdopendir(fds);
	const struct dirent *entry;
	bool is_session = false;
	char link[64];

	if (directory == NULL) {
		auto_close_fd(&fds);
		return false;
	}
	while (!session->is_told && (entry = readdir(directory)) != NULL) {
		ssize_t len = readlinkat(dirfd(directory), entry->d_name, link,
		    sizeof(link));
		int64_t number;

		if (!num_parse(entry->d_name, 3, INT_MAX, &number))
			continue;
		is_session = true;
		if (len < (ssize_t)sizeof(name) - 1 ||
		    memcmp(link, name, sizeof(name) - 1) != 0)
			continue;
		auto_close_fd(&session->page);
		session->page = open_page(dirfd(directory), entry->d_name);
		session->is_told = read_told(session);
	}
	closedir(directory);
	return is_session;
}

static void
live_session_free(struct live_session *session)
{
	auto_close_fd(&session->proc);
	auto_close_fd(&session->page);
	free(session->id);
	free(session->account);
	free(session->service);
	free(session->address);
	free(session->key);
	free(session->root);
}

/* When the process began, by its own clock tick. */
static int64_t
began_at(const char *stat)
{
	struct timespec up = { 0, 0 };
	int64_t ticks = stat_number(stat, 22);

	clock_gettime(CLOCK_BOOTTIME, &up);
	return (int64_t)time(NULL) - up.tv_sec + ticks / sysconf(_SC_CLK_TCK);
}

static void
take_process(struct live_sessions *sessions, const struct gate *gate, int all,
    const char *name)
{
	struct live_session session = { .page = -1,
		.proc = openat(all, name, PROC_DIRECTORY) };
	int64_t pid;
	char stat[1024];

	if (!num_parse(name, 1, INT_MAX, &pid) || session.proc < 0 ||
	    !read_small(session.proc, "stat", stat, sizeof(stat))) {
		auto_close_fd(&session.proc);
		return;
	}
	sessions->processes = xrealloc(sessions->processes,
	    sessions->process_count + 1, sizeof(*sessions->processes));
	sessions->processes[sessions->process_count++] =
	    (struct live_process){ (pid_t)pid, (pid_t)stat_number(stat, 4) };
	session.pid = (pid_t)pid;
	session.uid = uid_of(session.proc);
	session.began = began_at(stat);
	if (!(sessions->are_all
		    ? runs_gate(gate, session.proc, &session.is_older)
		    : looks_like_gate(session.proc))) {
		auto_close_fd(&session.proc);
		return;
	}
	sessions->at =
	    xrealloc(sessions->at, sessions->count + 1, sizeof(*sessions->at));
	sessions->at[sessions->count++] = session;
}

static pid_t
parent_of(const struct live_sessions *sessions, pid_t pid)
{
	for (size_t i = 0; i < sessions->process_count; i++) {
		if (sessions->processes[i].pid == pid)
			return sessions->processes[i].parent;
	}
	return 0;
}

bool
live_descends(const struct live_sessions *sessions, pid_t process,
    pid_t ancestor)
{
	/* Taken one by one, processes may seem to go in a circle. */
	for (int steps = 0; process > 1 && steps < 64; steps++) {
		if (process == ancestor)
			return true;
		process = parent_of(sessions, process);
	}
	return false;
}

static bool
is_helper(const struct live_sessions *sessions, size_t number)
{
	pid_t parent = parent_of(sessions, sessions->at[number].pid);

	for (size_t i = 0; i < sessions->count; i++) {
		if (sessions->at[i].pid == parent)
			return true;
	}
	return false;
}

/* Of a session's processes the first one stays. */
static void
drop_helpers(struct live_sessions *sessions)
{
	bool *drops = xcalloc(sessions->count + 1, sizeof(*drops));
	size_t kept = 0;

	for (size_t i = 0; i < sessions->count; i++)
		drops[i] = is_helper(sessions, i) ||
			   (sessions->are_all &&
			       !look_at_descriptors(&sessions->at[i]));
	for (size_t i = 0; i < sessions->count; i++) {
		if (drops[i])
			live_session_free(&sessions->at[i]);
		else
			sessions->at[kept++] = sessions->at[i];
	}
	sessions->count = kept;
	free(drops);
}

int
live_sessions_find(struct live_sessions *sessions)
{
	const struct dirent *entry;
	struct gate gate;
	DIR *directory;

	*sessions = (struct live_sessions){ .are_all = geteuid() == 0 };
	if (gate_load(&gate) != 0)
		return -1;
	directory = opendir("/proc");
	if (directory == NULL)
		return -1;
	while ((entry = readdir(directory)) != NULL)
		take_process(sessions, &gate, dirfd(directory), entry->d_name);
	closedir(directory);
	drop_helpers(sessions);
	return 0;
}

void
live_sessions_free(struct live_sessions *sessions)
{
	for (size_t i = 0; i < sessions->count; i++)
		live_session_free(&sessions->at[i]);
	free(sessions->at);
	free(sessions->processes);
	*sessions = (struct live_sessions){ .count = 0 };
}
