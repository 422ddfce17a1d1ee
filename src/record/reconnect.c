/* The helper holds no descriptor of the session's, so keeps none open. */
#include "record/reconnect.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/fdpass.h"
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

static void __attribute__((noreturn)) help(int socket, const char *path)
{
	char byte;

	/* Its number is 0: all others are the session's. */
	if (dup2(socket, 0) != 0 || fd_close_from(1) != 0 ||
	    signal(SIGTERM, SIG_IGN) == SIG_ERR ||
	    signal(SIGHUP, SIG_IGN) == SIG_ERR ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    filter_load(FILTER_LOG_HELPER) != 0)
		_exit(1);
	while (recv(0, &byte, 1, 0) == 1) {
		auto_fd int fd = reconnect_connect(path);

		/* One byte, and the connection where there is one. */
		if (fdpass_send(0, &byte, 1, fd) != 0)
			break;
	}
	_exit(0);
}

int
reconnect_start(const char *path)
{
	auto_fd int ours = -1;
	auto_fd int theirs = -1;
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	ours = ends[0];
	theirs = ends[1];
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0)
		help(theirs, path);
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
