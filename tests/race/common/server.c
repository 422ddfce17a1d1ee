/* Packets are as long as they say, or the test has failed. */
#include "tests/race/common/server.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/xalloc.h"
#include "tests/race/common/tree.h"

uint32_t
u32_at(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

static void __attribute__((noreturn))
become_server(int end, const char *program)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(end, 0) < 0 || dup2(end, 1) < 0)
		die("dup2", program);
	execl(program, program, (char *)NULL);
	die("run", program);
}

void
server_start(struct server *server, const char *program)
{
	static const unsigned char hello[] = { 0, 0, 0, 5, 1, 0, 0, 0, 3 };
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		die("socketpair for", program);
	server->pid = fork();
	if (server->pid < 0)
		die("fork", program);
	if (server->pid == 0)
		become_server(ends[1], program);
	close(ends[1]);
	server->fd = ends[0];
	server->packet = xcalloc(1, PACKET_SIZE);
	if (io_write_all(server->fd, hello, sizeof(hello)) != 0)
		die("can't write to", program);
	(void)server_receive(server);
}

void
server_end(struct server *server)
{
	int status;

	close(server->fd);
	while (waitpid(server->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		errno = WIFEXITED(status) ? 0 : EINTR;
		die("the server has ended badly", "");
	}
	free(server->packet);
}

uint32_t
server_receive(struct server *server)
{
	unsigned char head[4];
	uint32_t len;

	if (io_read_all(server->fd, head, 4) != 4)
		die("no reply from", "the server");
	len = u32_at(head);
	if (len < 5 || len > PACKET_SIZE ||
	    io_read_all(server->fd, server->packet, len) != (ssize_t)len)
		die("a bad reply from", "the server");
	return len;
}
