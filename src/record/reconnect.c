/*
 * The helper holds no descriptor of the session's, so that none stays open by
 * it. At each byte it opens its one path anew, and trusts nothing that it finds
 * there: the log may just be rotated.
 */
#include "record/reconnect.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fdpass.h"
#include "confine/caps.h"
#include "confine/filter.h"

enum { ANSWER_MS = 100 };

int
reconnect_connect(const char *path)
{
	auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address,
			  sizeof(address)) != 0)
		return -1;
	return take_fd(&fd);
}

/* Never through a symlink, never something that could block or mislead. */
int
reconnect_open(const char *path, int create)
{
	auto_fd int fd = open(path,
	    O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW |
		O_NONBLOCK | create,
	    0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	return take_fd(&fd);
}

/*
 * May the file take the place of the one before? It is root's or the same
 * owner's, has one name, and is not open to more people than that was.
 */
static bool
is_successor(const struct stat *next, const struct stat *before)
{
	return (next->st_uid == 0 || next->st_uid == before->st_uid) &&
	       next->st_nlink == 1 &&
	       ((next->st_mode & ~before->st_mode) & S_IWOTH) == 0;
}

/*
 * Opens what has the log's name now, where that is another file than before;
 * the sessions to come create it, not we. Returns -1 where nothing is new.
 */
static int
reopen(const char *path, struct stat *before)
{
	auto_fd int fd = -1;
	struct stat now;

	if (lstat(path, &now) != 0 ||
	    (now.st_dev == before->st_dev && now.st_ino == before->st_ino))
		return -1;
	fd = reconnect_open(path, 0);
	if (fd < 0 || fstat(fd, &now) != 0 || !is_successor(&now, before))
		return -1;
	*before = now;
	return take_fd(&fd);
}

static void __attribute__((noreturn))
help(int socket, const char *path, struct stat *file)
{
	char byte;

	/* Its number is 0: all others are the session's. */
	if (dup2(socket, 0) != 0 || fd_close_from(1) != 0 ||
	    signal(SIGTERM, SIG_IGN) == SIG_ERR ||
	    signal(SIGHUP, SIG_IGN) == SIG_ERR ||
	    caps_reduce(CAPS_WRITE) != 0 ||
	    filter_load(file == NULL ? FILTER_LOG_HELPER : FILTER_LOG_OPENER) !=
		0)
		_exit(1);
	while (recv(0, &byte, 1, 0) == 1) {
		auto_fd int fd =
		    file == NULL ? reconnect_connect(path) : reopen(path, file);

		/* One byte, and the log where there is a new one. */
		if (fdpass_send(0, &byte, 1, fd) != 0)
			break;
	}
	_exit(0);
}

int
reconnect_start(const char *path, int file)
{
	auto_fd int ours = -1;
	auto_fd int theirs = -1;
	struct stat before;
	int ends[2];
	pid_t pid;

	if (file >= 0 && fstat(file, &before) != 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	ours = ends[0];
	theirs = ends[1];
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0)
		help(theirs, path, file < 0 ? NULL : &before);
	return take_fd(&ours);
}

int
reconnect_ask(int helper)
{
	struct pollfd ready = { .fd = helper, .events = POLLIN };
	char byte = 'c';
	int fd;

	if (send(helper, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1 ||
	    poll(&ready, 1, ANSWER_MS) <= 0 ||
	    fdpass_receive(helper, &byte, 1, MSG_DONTWAIT, &fd) != 1)
		return -1;
	return fd;
}
