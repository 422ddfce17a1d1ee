/* One buffer and at most one descriptor a message: all that is needed here. */
#include "base/fdpass.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

union control {
	struct cmsghdr header; /* for its alignment */
	char room[CMSG_SPACE(sizeof(int))];
};

int
fdpass_send(int socket, const void *bytes, size_t len, int fd)
{
	struct iovec data = { (void *)(uintptr_t)bytes, len };
	union control control = { .room = { 0 } };
	struct msghdr packet = { .msg_iov = &data, .msg_iovlen = 1 };

	if (fd >= 0) {
		packet.msg_control = &control;
		packet.msg_controllen = sizeof(control);
		control.header.cmsg_len = CMSG_LEN(sizeof(fd));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	return sendmsg(socket, &packet, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

ssize_t
fdpass_receive(int socket, void *bytes, size_t len, int flags, int *fd)
{
	struct iovec data = { bytes, len };
	union control control;
	struct msghdr packet = { .msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *header;
	ssize_t got;

	*fd = -1;
	do
		got = recvmsg(socket, &packet, MSG_CMSG_CLOEXEC | flags);
	while (got < 0 && errno == EINTR);
	header = got > 0 ? CMSG_FIRSTHDR(&packet) : NULL;
	if (header != NULL && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(header), sizeof(*fd));
	return got;
}
