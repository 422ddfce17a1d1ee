/* The helper holds no descriptor of the session's, so keeps none open. */
#include "core/loghelper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.h"
#include "core/jail/filter.h"

enum { ANSWER_MS = 100 };

union control {
	struct cmsghdr header; /* for its alignment */
	char room[CMSG_SPACE(sizeof(int))];
};

int
loghelper_connect(const char *path)
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

/* One byte, and the connection with it where there is one. */
static int
answer(int socket, int fd)
{
	struct iovec data = { (char[]){ 'c' }, 1 };
	union control control = { .room = { 0 } };
	struct msghdr packet = { .msg_iov = &data, .msg_iovlen = 1 };

	if (fd >= 0) {
		packet.msg_control = &control;
		packet.msg_controllen = sizeof(control);
		control.header = (struct cmsghdr){ CMSG_LEN(sizeof(fd)),
			SOL_SOCKET, SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	return sendmsg(socket, &packet, MSG_NOSIGNAL) < 0 ? -1 : 0;
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
		auto_fd int fd = loghelper_connect(path);

		if (answer(0, fd) != 0)
			break;
	}
	_exit(0);
}

int
loghelper_start(const char *path)
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
loghelper_ask(int helper)
{
	struct pollfd ready = { .fd = helper, .events = POLLIN };
	char byte = 'c';
	struct iovec data = { &byte, 1 };
	union control control;
	struct msghdr packet = { .msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *header;
	int fd = -1;

	if (send(helper, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1 ||
	    poll(&ready, 1, ANSWER_MS) <= 0 ||
	    recvmsg(helper, &packet, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) != 1)
		return -1;
	header = CMSG_FIRSTHDR(&packet);
	if (header != NULL && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}
