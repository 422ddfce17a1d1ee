/*
 * A process for each connection, its monitor. It tells by a pipe that its
 * client has logged in, or whom a balancer has named, and by its exit status
 * how it ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "serve/listener_state.h"
#include "serve/monitor.h"

/* Keepalive: a peer that no longer answers is noticed within two minutes. */
static int
set_socket(int fd)
{
	static const struct {
		int level, name, value;
	} rows[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, 60 },
		{ IPPROTO_TCP, TCP_KEEPINTVL, 15 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 4 },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, 120000 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (setsockopt(fd, rows[i].level, rows[i].name, &rows[i].value,
			sizeof(rows[i].value)) != 0)
			return -1;
	}
	return 0;
}

static _Noreturn void
become_monitor(struct listener *listener, struct monitor_plan *plan)
{
	struct sockaddr_storage local;
	socklen_t size = sizeof(local);

	struct server_log log = *listener->log;

	log.relay = listener->relay.give[FROM_MONITORS];
	plan->log = &log;
	line_relay_give_only(&listener->relay);
	for (size_t i = 0; i < listener->sockets.count; i++)
		close(listener->sockets.at[i]);
	close(listener->signals);
	for (unsigned i = 0; i < listener->options->connections; i++) {
		if (listener->connections[i].pipe >= 0)
			close(listener->connections[i].pipe);
	}
	if (getsockname(plan->fd, (struct sockaddr *)&local, &size) != 0 ||
	    !address_of(&plan->server, &local))
		plan->server = plan->client;
	_exit((int)monitor_run(plan));
}

void
listener_start_monitor(struct listener *listener, int fd,
    const struct address *client, bool from_balancer)
{
	struct connection *slot = listener->connections;
	struct monitor_plan plan = { .fd = fd,
		.client = *client,
		.from_balancer = from_balancer,
		.options = listener->options,
		.record = listener->relay.give[FROM_SESSIONS],
		.gate = listener->gate };
	int ends[2];

	while (slot->monitor != 0)
		slot++;
	if (set_socket(fd) != 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return;
	plan.listener = ends[1];
	*slot = (struct connection){ .monitor = fork(),
		.pipe = ends[0],
		.client = *client,
		.is_balancer = from_balancer };
	if (slot->monitor == 0)
		become_monitor(listener, &plan);
	close(ends[1]);
	if (slot->monitor < 0) {
		close(ends[0]);
		*slot = (struct connection){ .pipe = -1 };
		return;
	}
	listener->count++;
	listener->unauthenticated++;
}

/* A client that a balancer has named is one of its address from now on. */
static void
take_named_client(struct listener *listener, struct connection *connection,
    const struct address *client)
{
	connection->client = *client;
	connection->is_balancer = false;
	if (listener_address_waits(listener, client,
		listener->options->per_address) == NULL)
		return;
	listener->turned_away++;
	connection->is_turned_away = true;
	kill(connection->monitor, SIGTERM);
}

bool
listener_hear_monitor(struct listener *listener, struct connection *connection)
{
	struct monitor_news news;
	ssize_t got = read(connection->pipe, &news, sizeof(news));

	if (got < 0 && errno == EAGAIN)
		return false;
	if (got == (ssize_t)sizeof(news) && !news.has_logged_in) {
		take_named_client(listener, connection, &news.client);
		return true;
	}
	listener->unauthenticated--;
	auto_close_fd(&connection->pipe);
	return false;
}

static void
connection_ended(struct listener *listener, struct connection *connection,
    int status)
{
	enum connection_end end = CONNECTION_CRASHED;

	if (WIFEXITED(status) && WEXITSTATUS(status) < CONNECTION_ENDS)
		end = (enum connection_end)WEXITSTATUS(status);
	while (connection->pipe >= 0 &&
	       listener_hear_monitor(listener, connection))
		continue;
	if (connection->pipe >= 0) {
		listener->unauthenticated--;
		auto_close_fd(&connection->pipe);
	}
	if (end == CONNECTION_NO_BANNER && !connection->is_turned_away)
		listener->probes++;
	if (!connection->is_balancer && !connection->is_turned_away)
		penalties_add(&listener->penalties, &connection->client, end,
		    clock_ms());
	listener->count--;
	*connection = (struct connection){ .pipe = -1 };
}

void
listener_reap_monitors(struct listener *listener)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (unsigned i = 0; i < listener->options->connections; i++) {
			if (listener->connections[i].monitor == pid)
				connection_ended(listener,
				    &listener->connections[i], status);
		}
	}
}
