/* Bounded on both sides: a message that does not fit is none. */
#include "serve/messages.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/auto.h"
#include "base/xalloc.h"

union control {
	char bytes[CMSG_SPACE(MESSAGE_FDS * sizeof(int))];
	struct cmsghdr align;
};

struct message *
message_new(void)
{
	struct message *message = xrealloc(NULL, 1, sizeof(*message));

	/* Its gaps are sent, too. */
	memset(&message->head, 0, sizeof(message->head));
	message_begin(message, MESSAGE_KINDS, 0);
	return message;
}

void
message_begin(struct message *message, enum message_kind kind, unsigned channel)
{
	message->head =
	    (struct message_head){ .kind = kind, .channel = channel };
	message->len = 0;
	for (size_t i = 0; i < MESSAGE_FDS; i++)
		message->fds[i] = -1;
}

int
message_add(struct message *message, const char *text)
{
	size_t size = strlen(text) + 1;

	if (size > sizeof(message->text) - message->len) {
		errno = EMSGSIZE;
		return -1;
	}
	memcpy(message->text + message->len, text, size);
	message->len += size;
	return 0;
}

const char *
message_next(const struct message *message, size_t *at)
{
	const char *text = message->text + *at;
	const char *end;

	if (*at >= message->len)
		return NULL;
	end = memchr(text, '\0', message->len - *at);
	if (end == NULL)
		return NULL;
	*at += (size_t)(end - text) + 1;
	return text;
}

int
message_send(int socket, const struct message *message)
{
	struct iovec parts[] = {
		{ (void *)(uintptr_t)&message->head, sizeof(message->head) },
		{ (void *)(uintptr_t)message->text, message->len },
	};
	union control control = { .bytes = { 0 } };
	struct msghdr header = { .msg_iov = parts, .msg_iovlen = 2 };
	int fds[MESSAGE_FDS];
	size_t count = 0;
	ssize_t sent;

	for (size_t i = 0; i < MESSAGE_FDS; i++) {
		if (message->fds[i] >= 0)
			fds[count++] = message->fds[i];
	}
	if (count > 0) {
		struct cmsghdr *rights = &control.align;

		header.msg_control = control.bytes;
		header.msg_controllen =
		    (socklen_t)CMSG_SPACE(count * sizeof(int));
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(rights), fds, count * sizeof(int));
	}
	do
		sent = sendmsg(socket, &header, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -1 : 0;
}

/* Takes the descriptors out of what came; none is left open unseen. */
static void
take_fds(struct message *message, struct msghdr *header)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
	     part = CMSG_NXTHDR(header, part)) {
		size_t count;

		if (part->cmsg_level != SOL_SOCKET ||
		    part->cmsg_type != SCM_RIGHTS)
			continue;
		count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(message->fds, CMSG_DATA(part), count * sizeof(int));
	}
}

int
message_receive(int socket, struct message *message, int flags)
{
	struct iovec parts[] = {
		{ &message->head, sizeof(message->head) },
		{ message->text, sizeof(message->text) },
	};
	union control control = { .bytes = { 0 } };
	struct msghdr header = { .msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	ssize_t got;

	for (size_t i = 0; i < MESSAGE_FDS; i++)
		message->fds[i] = -1;
	do
		got = recvmsg(socket, &header, flags | MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return (int)got;
	take_fds(message, &header);
	if ((size_t)got >= sizeof(message->head) &&
	    message->head.kind < MESSAGE_KINDS &&
	    (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0) {
		message->len = (size_t)got - sizeof(message->head);
		return 1;
	}
	for (size_t i = 0; i < MESSAGE_FDS; i++)
		auto_close_fd(&message->fds[i]);
	errno = EBADMSG;
	return -1;
}
