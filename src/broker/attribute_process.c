/*
 * One request and one answer a packet. The process has no path but the numbers
 * of its own descriptors: it works in /proc/self/fd and is held to these few
 * calls by a filter. The broker that asks is not trusted with more than it
 * needs: which names may be set is decided here.
 */
#include "broker/attribute_process.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fdpass.h"
#include "base/xalloc.h"
#include "confine/caps.h"
#include "confine/filter.h"

enum operation {
	ATTRIBUTES_GET,
	ATTRIBUTES_LIST,
	ATTRIBUTES_SET,
	ATTRIBUTES_REMOVE
};

/* A packet: head, and of a value that is set, or answered, its bytes. */
struct attributes_request {
	enum operation operation;
	int flags;
	size_t size; /* of the value; what there is room for */
	char name[ATTRIBUTES_NAME_BYTES];
};

struct attributes_answer {
	int error;
	size_t size; /* as the call returned it */
};

struct attributes_packet {
	union {
		struct attributes_request request;
		struct attributes_answer answer;
	};
	char value[ATTRIBUTES_VALUE_BYTES];
};

/*
 * Names of security.* are orders to the kernel's security modules, but for
 * these two. All others take no right that the program itself would lack, or
 * are trusted.*, which means something to nobody but root.
 */
static bool
is_settable(const char *name)
{
	return strncmp(name, "security.", 9) != 0 ||
	       strcmp(name + 9, "capability") == 0 ||
	       strcmp(name + 9, "NTACL") == 0;
}

static ssize_t
change_attribute(const char *path, struct attributes_packet *packet,
    bool may_change)
{
	const struct attributes_request *request = &packet->request;

	if (!may_change || !is_settable(request->name)) {
		errno = EPERM;
		return -1;
	}
	if (request->operation == ATTRIBUTES_REMOVE)
		return removexattr(path, request->name);
	return setxattr(path, request->name, packet->value, request->size,
	    request->flags);
}

/* Carries out what the packet asks for, and makes it the answer. */
static void
attributes_answer(struct attributes_packet *packet, int fd, bool may_change)
{
	const struct attributes_request *request = &packet->request;
	char path[16];
	ssize_t result = -1;

	snprintf(path, sizeof(path), "%d", fd);
	errno = EINVAL;
	switch (request->operation) {
	case ATTRIBUTES_GET:
		result =
		    getxattr(path, request->name, packet->value, request->size);
		break;
	case ATTRIBUTES_LIST:
		result = listxattr(path, packet->value, request->size);
		break;
	case ATTRIBUTES_SET:
	case ATTRIBUTES_REMOVE:
		result = change_attribute(path, packet, may_change);
		break;
	}
	packet->answer = (struct attributes_answer){ result < 0 ? errno : 0,
		result < 0 ? 0 : (size_t)result };
}

/* Does the packet hold what its head says? */
static bool
is_whole_request(const struct attributes_packet *packet, ssize_t len)
{
	const struct attributes_request *request = &packet->request;
	size_t head = offsetof(struct attributes_packet, value);

	if (len < (ssize_t)head || request->size > sizeof(packet->value) ||
	    memchr(request->name, '\0', sizeof(request->name)) == NULL)
		return false;
	return request->operation != ATTRIBUTES_SET ||
	       (size_t)len == head + request->size;
}

static void
attributes_serve(struct attributes_packet *packet, bool may_change)
{
	for (;;) {
		auto_fd int fd = -1;
		ssize_t len =
		    fdpass_receive(0, packet, sizeof(*packet), 0, &fd);
		size_t asked = packet->request.size, more;

		if (fd < 0 || !is_whole_request(packet, len))
			return;
		more = packet->request.operation <= ATTRIBUTES_LIST ? asked : 0;
		attributes_answer(packet, fd, may_change);
		if (packet->answer.size < more)
			more = packet->answer.size;
		if (fdpass_send(0, packet,
			offsetof(struct attributes_packet, value) + more,
			-1) != 0)
			return;
	}
}

static void __attribute__((noreturn))
become_process(int socket, bool may_change)
{
	/* Before the filter: there is nothing that it could map later. */
	struct attributes_packet *packet = xcalloc(1, sizeof(*packet));

	/* Its number is 0: all others are the session's. */
	if (dup2(socket, 0) != 0 || fd_close_from(1) != 0 ||
	    chdir("/proc/self/fd") != 0 ||
	    signal(SIGTERM, SIG_IGN) == SIG_ERR ||
	    signal(SIGHUP, SIG_IGN) == SIG_ERR ||
	    signal(SIGINT, SIG_IGN) == SIG_ERR ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    caps_reduce(may_change ? CAPS_ATTRIBUTES : CAPS_ATTRIBUTES_READ) !=
		0 ||
	    filter_load(FILTER_ATTRIBUTES) != 0)
		_exit(1);
	attributes_serve(packet, may_change);
	_exit(0);
}

int
attributes_start(struct attributes *attributes, bool may_change)
{
	auto_fd int theirs = -1;
	int ends[2];
	pid_t pid;

	attributes->socket = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	attributes->socket = ends[0];
	theirs = ends[1];
	pid = fork();
	if (pid == 0)
		become_process(theirs, may_change);
	return pid < 0 ? -1 : 0;
}

void
attributes_end(struct attributes *attributes)
{
	auto_close_fd(&attributes->socket);
}

/* Asks and waits. Returns what the call returned, its value in the packet. */
static ssize_t
attributes_ask(const struct attributes *attributes, int fd,
    struct attributes_packet *packet)
{
	size_t head = offsetof(struct attributes_packet, value);
	size_t more = packet->request.operation == ATTRIBUTES_SET
			  ? packet->request.size
			  : 0;
	auto_fd int none = -1;
	ssize_t len;

	if (fdpass_send(attributes->socket, packet, head + more, fd) != 0) {
		errno = EIO;
		return -1;
	}
	len = fdpass_receive(attributes->socket, packet, sizeof(*packet), 0,
	    &none);
	if (len < (ssize_t)head) {
		errno = EIO;
		return -1;
	}
	errno = packet->answer.error;
	return packet->answer.error == 0 ? (ssize_t)packet->answer.size : -1;
}

static struct attributes_packet *
begin_packet(enum operation operation, const char *name, size_t size)
{
	struct attributes_packet *packet = xcalloc(1, sizeof(*packet));

	packet->request.operation = operation;
	packet->request.size =
	    size < sizeof(packet->value) ? size : sizeof(packet->value);
	snprintf(packet->request.name, sizeof(packet->request.name), "%s",
	    name);
	return packet;
}

/* Asks for bytes; size 0 asks how many there are. */
static ssize_t
attributes_read(const struct attributes *attributes, int fd,
    struct attributes_packet *packet, void *to, size_t size)
{
	ssize_t got = attributes_ask(attributes, fd, packet);

	if (got > 0 && size > 0)
		memcpy(to, packet->value,
		    (size_t)got < size ? (size_t)got : size);
	return got;
}

ssize_t
attributes_get(const struct attributes *attributes, int fd, const char *name,
    void *value, size_t size)
{
	auto_free struct attributes_packet *packet =
	    begin_packet(ATTRIBUTES_GET, name, size);

	return attributes_read(attributes, fd, packet, value, size);
}

ssize_t
attributes_list(const struct attributes *attributes, int fd, void *list,
    size_t size)
{
	auto_free struct attributes_packet *packet =
	    begin_packet(ATTRIBUTES_LIST, "", size);

	return attributes_read(attributes, fd, packet, list, size);
}

int
attributes_set(const struct attributes *attributes, int fd, const char *name,
    const void *value, size_t size, int flags)
{
	auto_free struct attributes_packet *packet =
	    begin_packet(ATTRIBUTES_SET, name, size);

	if (size > sizeof(packet->value)) {
		errno = E2BIG;
		return -1;
	}
	if (size > 0)
		memcpy(packet->value, value, size);
	packet->request.flags = flags;
	return attributes_ask(attributes, fd, packet) < 0 ? -1 : 0;
}

int
attributes_remove(const struct attributes *attributes, int fd, const char *name)
{
	auto_free struct attributes_packet *packet =
	    begin_packet(ATTRIBUTES_REMOVE, name, 0);

	return attributes_ask(attributes, fd, packet) < 0 ? -1 : 0;
}
