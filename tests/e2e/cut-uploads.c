/*
 * cut-uploads GATE ROOT MIB TIMES: uploads MIB mebibytes over the file "f" of
 * a root that GATE serves with atomic uploads, TIMES times, and breaks off
 * after a random number of bytes: in turn the client goes away or the server
 * is killed. After each the old file is there, whole. The last line says how
 * it went, "ok N cut"; the status is 0 then.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/io.h"
#include "base/num.h"
#include "subsys/sftp/proto.h"

enum { BLOCK = 128 << 10, HANDLE = 8, HEAD = 4 + 1 + 4 + 4 + HANDLE + 8 + 4 };

struct session {
	pid_t pid;
	int fd;
};

static int
die(const char *what)
{
	fprintf(stderr, "cut-uploads: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
start(struct session *session, const char *gate, const char *root)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		die("socketpair");
	session->pid = fork();
	if (session->pid < 0)
		die("fork");
	if (session->pid == 0) {
		if (dup2(fds[1], 0) < 0 || dup2(fds[1], 1) < 0)
			_exit(127);
		execl(gate, gate, "--subsystem=sftp", "--atomic-uploads",
		    "--home-in-root", root, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	session->fd = fds[0];
}

static uint32_t
number_at(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

static void
read_exactly(int fd, unsigned char *at, size_t len)
{
	while (len > 0) {
		ssize_t got = read(fd, at, len);

		if (got <= 0)
			die("the server has gone");
		at += got;
		len -= (size_t)got;
	}
}

/* Reads one reply; returns its type. */
static unsigned
take_reply(int fd, unsigned char body[8192], size_t *len)
{
	unsigned char head[4];

	read_exactly(fd, head, 4);
	*len = number_at(head);
	if (*len == 0 || *len > 8192)
		die("a reply");
	read_exactly(fd, body, *len);
	return body[0];
}

static void
send_packet(int fd, struct buf *packet)
{
	struct buf head;

	buf_init(&head, packet->bytes, 4);
	buf_add_u32(&head, (uint32_t)(packet->len - 4));
	if (io_write_all(fd, packet->bytes, packet->len) != 0)
		die("send");
}

/* Greets and opens "f" to be replaced; its handle. */
static void
open_file(int fd, unsigned char handle[HANDLE])
{
	unsigned char room[64], reply[8192];
	struct buf packet;
	size_t len;

	buf_init(&packet, room, sizeof(room));
	buf_add_u32(&packet, 0);
	buf_add_u8(&packet, PACKET_INIT);
	buf_add_u32(&packet, 3);
	send_packet(fd, &packet);
	if (take_reply(fd, reply, &len) != PACKET_VERSION)
		die("no greeting");
	buf_init(&packet, room, sizeof(room));
	buf_add_u32(&packet, 0);
	buf_add_u8(&packet, PACKET_OPEN);
	buf_add_u32(&packet, 1);
	buf_add_string(&packet, "f", 1);
	buf_add_u32(&packet, OPEN_WRITE | OPEN_CREAT | OPEN_TRUNC);
	buf_add_u32(&packet, 0);
	send_packet(fd, &packet);
	if (take_reply(fd, reply, &len) != PACKET_HANDLE ||
	    len != 5 + 4 + HANDLE)
		die("no handle");
	memcpy(handle, reply + 9, HANDLE);
}

/* Sends the stream of WRITEs up to that many bytes of it. */
static void
upload(int fd, const unsigned char handle[HANDLE], uint64_t bytes)
{
	static unsigned char room[HEAD + BLOCK];
	unsigned char reply[8192];
	uint64_t offset = 0;

	memset(room, 'N', sizeof(room));
	while (bytes > 0) {
		size_t part =
		    bytes < sizeof(room) ? (size_t)bytes : sizeof(room);
		struct buf head;
		size_t len;

		buf_init(&head, room, HEAD);
		buf_add_u32(&head, HEAD - 4 + BLOCK);
		buf_add_u8(&head, PACKET_WRITE);
		buf_add_u32(&head, 2);
		buf_add_string(&head, handle, HANDLE);
		buf_add_u64(&head, offset);
		buf_add_u32(&head, BLOCK);
		if (io_write_all(fd, room, part) != 0)
			die("write");
		offset += BLOCK;
		bytes -= part;
		if (part == sizeof(room) &&
		    take_reply(fd, reply, &len) != PACKET_STATUS)
			die("no status");
	}
}

static void
end(struct session *session, bool killed)
{
	int status;

	if (killed)
		kill(session->pid, SIGKILL);
	close(session->fd);
	if (waitpid(session->pid, &status, 0) != session->pid)
		die("wait");
	if (killed ? !WIFSIGNALED(status) : status != 0)
		die("the server's end");
}

/* "old", over and over, as it was made. */
static void
check_old(const char *path)
{
	char text[16] = "";
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0 ||
	    strcmp(text, "the old file\n") != 0)
		die("the old file is gone");
}

static uint64_t
random_below(uint64_t limit)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		die("random");
	return random % limit;
}

int
main(int argc, char **argv)
{
	int64_t mib, times;
	char path[4096];

	if (argc != 5 || !num_parse(argv[3], 1, 4096, &mib) ||
	    !num_parse(argv[4], 1, 100000, &times) ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return 2;
	snprintf(path, sizeof(path), "%s/f", argv[2]);
	for (int64_t i = 0; i < times; i++) {
		unsigned char handle[HANDLE];
		struct session session;

		start(&session, argv[1], argv[2]);
		open_file(session.fd, handle);
		upload(session.fd, handle, random_below((uint64_t)mib << 20));
		check_old(path);
		end(&session, (i & 1) != 0);
		check_old(path);
	}
	printf("ok %lld cut\n", (long long)times);
	return 0;
}
