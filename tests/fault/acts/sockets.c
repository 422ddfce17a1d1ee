/* What a pair of sockets reaches: only its other end. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/fault/acts/acts.h"

#define ACT(name) static int name(const struct act *act __attribute__((unused)))

/* A pair of this type carries a byte, or errno. */
static int
pair(int type, int ends[2])
{
	char byte = 'x';

	if (socketpair(AF_UNIX, type, 0, ends) != 0)
		return -1;
	return write(ends[0], &byte, 1) == 1 && read(ends[1], &byte, 1) == 1
		   ? 0
		   : -1;
}

ACT(pair_of_streams)
{
	int ends[2];

	return pair(SOCK_STREAM, ends);
}

ACT(pair_of_datagrams)
{
	int ends[2];

	return pair(SOCK_DGRAM, ends);
}

ACT(pair_of_packets)
{
	int ends[2];

	return pair(SOCK_SEQPACKET | SOCK_CLOEXEC, ends);
}

/* To the socket at the act's victim: as forged lines would go to /dev/log. */
static socklen_t
address_of(const struct act *act, struct sockaddr_un *address)
{
	const char *path = out(act);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof(address->sun_path), "%s", path);
	return sizeof(*address);
}

static int
datagram_to_path(const struct act *act)
{
	struct sockaddr_un address;
	socklen_t len = address_of(act, &address);
	int ends[2];

	if (pair(SOCK_DGRAM, ends) != 0)
		return -1;
	return sendto(ends[0], "forged", 6, 0, (struct sockaddr *)&address,
		   len) == 6
		   ? 0
		   : -1;
}

static int
message_to_path(const struct act *act)
{
	struct sockaddr_un address;
	struct iovec part = { (char[]){ "forged" }, 6 };
	struct msghdr message = { .msg_name = &address,
		.msg_namelen = address_of(act, &address),
		.msg_iov = &part,
		.msg_iovlen = 1 };
	int ends[2];

	if (pair(SOCK_DGRAM, ends) != 0)
		return -1;
	return sendmsg(ends[0], &message, 0) == 6 ? 0 : -1;
}

static int
connect_to_path(const struct act *act)
{
	struct sockaddr_un address;
	socklen_t len = address_of(act, &address);
	int ends[2];

	if (pair(SOCK_DGRAM, ends) != 0)
		return -1;
	return connect(ends[0], (struct sockaddr *)&address, len);
}

/* A descriptor that is on its way counts for all processes of the account. */
ACT(pass_descriptor)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .head = { .cmsg_len = CMSG_LEN(sizeof(int)),
			  .cmsg_level = SOL_SOCKET,
			  .cmsg_type = SCM_RIGHTS } };
	struct iovec part = { (char[]){ "x" }, 1 };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	int ends[2];

	if (pair(SOCK_STREAM, ends) != 0)
		return -1;
	memcpy(CMSG_DATA(&control.head), &ends[0], sizeof(int));
	return sendmsg(ends[0], &message, 0) == 1 ? 0 : -1;
}

// clang-format off
const struct act socket_acts[] = {
	{ "pair_of_streams",   WORKS, pair_of_streams,   0, 0 },
	{ "pair_of_datagrams", FAILS, pair_of_datagrams, 0, 0 },
	{ "pair_of_packets",   FAILS, pair_of_packets,   0, 0 },
	{ "pass_descriptor",   FAILS, pass_descriptor,   0, 0 },
	{ "datagram_to_path",  FAILS, datagram_to_path,  0, 0 },
	{ "message_to_path",   FAILS, message_to_path,   0, 0 },
	{ "connect_to_path",   FAILS, connect_to_path,   0, 0 },
	{ NULL, FAILS, NULL, 0, 0 },
};
// clang-format on
