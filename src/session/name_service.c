/*
 * Name services load libraries, open sockets and wait for other machines: that
 * is done in processes of its own, and never by what serves a client. Who asks
 * sends a kind and an id, and gets a bounded name.
 */
#include "session/name_service.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "session/etc_lines.h"

enum {
	ANSWER_MS = 2000,
	LIST_MS = 10 * 1000,
	LIST_BYTES = 1024 * 1024, /* of each kind */
	NAME_ROOM = 256,
};

/* How far the accounts of a machine can be listed. */
enum reach {
	REACH_FILES, /* they are in /etc/passwd and /etc/group */
	REACH_LISTS, /* each service has a file that lists all of its own */
	REACH_ELSEWHERE,
};

static const char switch_path[] = "/etc/nsswitch.conf";

/* systemd's are those of running services, which own no files that travel. */
static enum reach
reach_of_service(const char *name, size_t len)
{
	static const struct {
		const char *name;
		enum reach reach;
	} known[] = {
		{ "files", REACH_FILES },
		{ "compat", REACH_FILES },
		{ "systemd", REACH_FILES },
		{ "altfiles", REACH_LISTS },
		{ "db", REACH_LISTS },
		{ "extrausers", REACH_LISTS },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i].name) == len &&
		    memcmp(known[i].name, name, len) == 0)
			return known[i].reach;
	}
	return REACH_ELSEWHERE;
}

/* "passwd: files [NOTFOUND=return] sss": the furthest of a line. */
static enum reach
reach_of_line(const char *line)
{
	enum reach furthest = REACH_FILES;
	size_t len;

	for (line += strspn(line, " \t"); *line != '\0' && *line != '#';
	     line += strspn(line, " \t")) {
		enum reach reach = REACH_FILES;

		if (*line == '[') {
			len = strcspn(line, "]");
			len += line[len] == ']';
		} else {
			len = strcspn(line, " \t[#");
			reach = reach_of_service(line, len);
		}
		if (reach > furthest)
			furthest = reach;
		line += len;
	}
	return furthest;
}

static enum reach
reach_of_machine(void)
{
	not_zeroed struct lines lines;
	enum reach furthest = REACH_FILES;
	enum line got;
	char *line;

	if (!etc_lines_open(&lines, switch_path))
		return REACH_ELSEWHERE;
	while ((got = etc_lines_next(&lines, &line)) == LINE_READ) {
		enum reach reach = REACH_FILES;

		if (strncmp(line, "passwd:", 7) == 0)
			reach = reach_of_line(line + 7);
		else if (strncmp(line, "group:", 6) == 0)
			reach = reach_of_line(line + 6);
		if (reach > furthest)
			furthest = reach;
	}
	auto_close_fd(&lines.fd);
	return got == LINE_END ? furthest : REACH_ELSEWHERE;
}

bool
name_service_is_there(void)
{
	return reach_of_machine() != REACH_FILES;
}

struct name_question {
	enum account_kind kind;
	unsigned id;
};

/* Its descriptor is 0: all others are the session's. */
static int
leave_session(int fd)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
		       dup2(fd, 0) != 0 || fd_close_from(1) != 0 ||
		       fd_ensure_standard() != 0 ||
		       signal(SIGTERM, SIG_DFL) == SIG_ERR ||
		       signal(SIGPIPE, SIG_DFL) == SIG_ERR
		   ? -1
		   : 0;
}

static void __attribute__((noreturn)) become_name_service(int socket)
{
	struct name_question question;
	char name[NAME_ROOM];

	if (leave_session(socket) != 0)
		_exit(1);
	while (recv(0, &question, sizeof(question), 0) ==
	       (ssize_t)sizeof(question)) {
		if (!account_name(question.kind, question.id, name,
			sizeof(name)))
			name[0] = '\0';
		if (send(0, name, strlen(name) + 1, MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

int
name_service_start(struct name_service *service)
{
	int ends[2];
	pid_t pid;

	service->socket = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		become_name_service(ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return -1;
	}
	service->socket = ends[0];
	return 0;
}

void
name_service_end(struct name_service *service)
{
	auto_close_fd(&service->socket);
}

bool
name_service_find(struct name_service *service, enum account_kind kind,
    unsigned id, char *name, size_t size)
{
	const struct name_question question = { kind, id };
	struct pollfd ready = { .fd = service->socket, .events = POLLIN };
	struct iovec room = { name, size };
	struct msghdr answer = { .msg_iov = &room, .msg_iovlen = 1 };
	ssize_t len;

	if (service->socket < 0)
		return false;
	if (send(service->socket, &question, sizeof(question), MSG_NOSIGNAL) !=
		(ssize_t)sizeof(question) ||
	    poll(&ready, 1, ANSWER_MS) <= 0) {
		/* A later answer would be taken for another id's. */
		name_service_end(service);
		return false;
	}
	len = recvmsg(service->socket, &answer, MSG_DONTWAIT);
	if (len <= 0) {
		name_service_end(service);
		return false;
	}
	return (answer.msg_flags & MSG_TRUNC) == 0 && name[len - 1] == '\0' &&
	       name[0] != '\0';
}

static void __attribute__((noreturn))
become_lister(enum account_kind kind, int pipe)
{
	FILE *to;

	if (leave_session(pipe) != 0)
		_exit(1);
	to = fdopen(0, "w");
	_exit(to != NULL && account_list(kind, to) >= 0 && fclose(to) == 0 ? 0
									   : 1);
}

/* What comes until the end, in time and in bounds. Returns false else. */
static bool
list_read(int fd, char *text)
{
	uint64_t deadline = clock_ms() + LIST_MS, now;
	size_t len = 0;
	ssize_t got = 1;

	while (got > 0 && len < LIST_BYTES && (now = clock_ms()) < deadline) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };

		if (poll(&ready, 1, (int)(deadline - now)) <= 0)
			break;
		got = read(fd, text + len, LIST_BYTES - len);
		if (got > 0)
			len += (size_t)got;
	}
	text[len] = '\0';
	return got == 0;
}

/* Returns false where it can't be had whole; *text is a string then, too. */
static bool
list_load(enum account_kind kind, char **text)
{
	int ends[2], status = 1;
	bool whole;
	pid_t pid;

	*text = xcalloc(1, LIST_BYTES + 1);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	pid = fork();
	if (pid == 0)
		become_lister(kind, ends[1]);
	close(ends[1]);
	whole = pid > 0 && list_read(ends[0], *text);
	close(ends[0]);
	if (pid < 0)
		return false;
	if (!whole)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (whole && status == 0)
		return true;
	/* Half a line could be another account's. */
	(*text)[0] = '\0';
	return false;
}

static size_t
count_lines(const char *text)
{
	size_t count = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		count++;
	return count;
}

static size_t
count_lines_of(const char *path)
{
	not_zeroed struct lines lines;
	size_t count = 0;
	char *line;

	if (!etc_lines_open(&lines, path))
		return 0;
	while (etc_lines_next(&lines, &line) == LINE_READ)
		count += line[0] != '\0' && line[0] != '#';
	auto_close_fd(&lines.fd);
	return count;
}

void
name_list_load(struct name_list *list)
{
	bool users = list_load(ACCOUNT_USER, &list->text[ACCOUNT_USER]);
	bool groups = list_load(ACCOUNT_GROUP, &list->text[ACCOUNT_GROUP]);

	list->complete = users && groups;
	/* Who lists nothing of its own knows more than it says. */
	if (reach_of_machine() == REACH_ELSEWHERE &&
	    (count_lines(list->text[ACCOUNT_USER]) <=
		    count_lines_of("/etc/passwd") ||
		count_lines(list->text[ACCOUNT_GROUP]) <=
		    count_lines_of("/etc/group")))
		list->complete = false;
}

void
name_list_free(struct name_list *list)
{
	auto_free_memory(&list->text[ACCOUNT_USER]);
	auto_free_memory(&list->text[ACCOUNT_GROUP]);
}
