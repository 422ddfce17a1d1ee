/*
 * One loop over the listening sockets, the monitors' pipes and the signals.
 * A monitor tells by a byte that its client has logged in, and by its exit
 * status how it ended.
 */
#include "serve/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "serve/address.h"
#include "serve/line_relay.h"
#include "serve/listen_sockets.h"
#include "serve/monitor.h"
#include "serve/penalties.h"
#include "serve/ready.h"

enum {
	REST_MS = 100,          /* where no descriptor is left */
	SUMMARY_MS = 60 * 1000, /* probes are told in one line a minute */
	ACCEPTS = 16,           /* at one turn */
};

struct connection {
	pid_t monitor; /* 0: free */
	int pipe;      /* from it; -1: it has logged in, or is gone */
	struct address client;
	bool is_balancer;    /* client is: it names none, or none yet */
	bool is_turned_away; /* as one that the balancer has named */
};

struct listener {
	const struct server_options *options;
	const struct server_log *log;
	const char *gate;
	struct listen_sockets sockets;
	int signals;
	struct connection *connections; /* options->connections; owned */
	struct pollfd *polls;           /* one each and those in front */
	struct penalties penalties;
	struct line_relay relay;
	unsigned count, unauthenticated;
	uint64_t probes, turned_away; /* since the last summary */
	uint64_t next_summary;
	uint64_t rests_until;
	bool ends;
};

/* --- the start -------------------------------------------------------------
 */

static int
listener_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

struct listener *
listener_open(const struct server_options *options,
    const struct server_log *log, struct buf *why)
{
	struct listener *listener = xcalloc(1, sizeof(*listener));

	listener->options = options;
	listener->log = log;
	listener->signals = listener_signals();
	listener->connections =
	    xcalloc(options->connections, sizeof(*listener->connections));
	listener->polls =
	    xcalloc(options->connections + LISTEN_SOCKETS + RELAYS + 1,
		sizeof(*listener->polls));
	penalties_init(&listener->penalties);
	line_relay_init(&listener->relay);
	if (listener->signals < 0 ||
	    (options->log_sessions &&
		line_relay_open(&listener->relay, options->log_json) != 0))
		buf_addf(why, "signals or sockets: %s", strerror(errno));
	else if (listen_sockets_open(&listener->sockets, options, log, why) ==
		 0)
		return listener;
	line_relay_close(&listener->relay);
	free(listener->connections);
	free(listener->polls);
	free(listener->penalties.at);
	free(listener);
	return NULL;
}

/* --- a new connection ----------------------------------------------------- */

static bool
is_balancer(const struct server_options *options, const struct address *address)
{
	for (size_t i = 0; i < options->proxy_count; i++) {
		if (address_in_block(address, options->proxy_from[i]))
			return true;
	}
	return false;
}

static unsigned
count_of(const struct listener *listener, const struct address *address)
{
	const struct address source = address_source(address);
	unsigned count = 0;

	for (unsigned i = 0; i < listener->options->connections; i++) {
		const struct connection *at = &listener->connections[i];
		const struct address other = address_source(&at->client);

		count += at->monitor != 0 && address_equals(&other, &source);
	}
	return count;
}

/* An address has its bounds: most connections, and penalties. */
static const char *
why_address_waits(const struct listener *listener, const struct address *client,
    unsigned most)
{
	if (count_of(listener, client) > most)
		return "max-per-address";
	if (listener->options->penalties &&
	    penalties_hold(&listener->penalties, client, clock_ms()))
		return "penalty";
	return NULL;
}

/* Why this one can't be served now, or NULL. */
static const char *
why_turned_away(const struct listener *listener, const struct address *client,
    bool from_balancer)
{
	const struct server_options *options = listener->options;

	if (listener->count >= options->connections)
		return "max-connections";
	if (listener->unauthenticated >= options->unauthenticated)
		return "max-logins";
	if (from_balancer)
		return NULL; /* its clients are many, and not named yet */
	return why_address_waits(listener, client, options->per_address - 1);
}

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

static void
start_monitor(struct listener *listener, int fd, const struct address *client,
    bool from_balancer)
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

/* Accepts one. Returns false where nobody waits. */
static bool
accept_one(struct listener *listener, int socket)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	auto_fd int fd =
	    accept4(socket, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
	struct address client;
	bool from_balancer;

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS)
			listener->rests_until = clock_ms() + REST_MS;
		return errno == ECONNABORTED || errno == EINTR;
	}
	if (!address_of(&client, &peer))
		return true;
	from_balancer = is_balancer(listener->options, &client);
	if (why_turned_away(listener, &client, from_balancer) != NULL) {
		listener->turned_away++;
		return true;
	}
	start_monitor(listener, fd, &client, from_balancer);
	return true;
}

/* --- connections that go on ----------------------------------------------- */

/* A client that a balancer has named is one of its address from now on. */
static void
take_named_client(struct listener *listener, struct connection *connection,
    const struct address *client)
{
	connection->client = *client;
	connection->is_balancer = false;
	if (why_address_waits(listener, client,
		listener->options->per_address) == NULL)
		return;
	listener->turned_away++;
	connection->is_turned_away = true;
	kill(connection->monitor, SIGTERM);
}

/* Returns false where nothing more is to be heard now. */
static bool
hear_monitor_of(struct listener *listener, struct connection *connection)
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
	while (connection->pipe >= 0 && hear_monitor_of(listener, connection))
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

static void
reap_monitors(struct listener *listener)
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

static void
listener_stop(struct listener *listener)
{
	struct log_line line;

	log_begin(&line, listener->log, LOG_INFO,
	    listener->ends ? "ending" : "draining");
	log_number(&line, "connections", listener->count);
	log_end(&line);
	if (!listener->ends)
		ready_tell("STOPPING=1");
	listener->ends = true;
	for (size_t i = 0; i < listener->sockets.count; i++)
		auto_close_fd(&listener->sockets.at[i]);
	for (unsigned i = 0; i < listener->options->connections; i++) {
		if (listener->connections[i].monitor > 0)
			kill(listener->connections[i].monitor, SIGTERM);
	}
}

static void
listener_take_signals(struct listener *listener)
{
	struct signalfd_siginfo info;

	while (read(listener->signals, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			listener_stop(listener);
	}
	reap_monitors(listener);
}

/* Health checks and scanners: one line, if there were any. */
static void
tell_summary(struct listener *listener)
{
	struct log_line line;

	if (listener->probes == 0 && listener->turned_away == 0)
		return;
	log_begin(&line, listener->log, LOG_INFO, "summary");
	log_number(&line, "no-banner", listener->probes);
	log_number(&line, "turned-away", listener->turned_away);
	log_end(&line);
	listener->probes = listener->turned_away = 0;
}

/* ... a minute. */
static void
summarize(struct listener *listener)
{
	uint64_t now = clock_ms();

	if (now < listener->next_summary)
		return;
	listener->next_summary = now + SUMMARY_MS;
	tell_summary(listener);
}

static int
time_to_rest(const struct listener *listener)
{
	uint64_t now = clock_ms();

	if (listener->rests_until > now)
		return (int)(listener->rests_until - now);
	if (listener->probes == 0 && listener->turned_away == 0)
		return -1;
	return listener->next_summary > now
		   ? (int)(listener->next_summary - now)
		   : 0;
}

/* Fills the list of what to wait for; returns its length. */
static nfds_t
watch(struct listener *listener)
{
	bool rests = listener->rests_until > clock_ms();
	nfds_t count = 0;

	listener->polls[count++] =
	    (struct pollfd){ .fd = listener->signals, .events = POLLIN };
	for (int i = 0; i < RELAYS; i++)
		listener->polls[count++] =
		    (struct pollfd){ .fd = listener->relay.take[i],
			    .events = POLLIN };
	for (size_t i = 0; i < listener->sockets.count; i++)
		listener->polls[count++] =
		    (struct pollfd){ .fd = rests ? -1 : listener->sockets.at[i],
			    .events = POLLIN };
	for (unsigned i = 0; i < listener->options->connections; i++)
		listener->polls[count++] =
		    (struct pollfd){ .fd = listener->connections[i].monitor == 0
					       ? -1
					       : listener->connections[i].pipe,
			    .events = POLLIN };
	return count;
}

static void
listener_turn(struct listener *listener)
{
	const struct pollfd *polls = listener->polls + 1;

	for (int i = 0; i < RELAYS; i++, polls++) {
		if (polls->revents != 0)
			line_relay_pass(&listener->relay, (enum relay_from)i);
	}
	for (size_t i = 0; i < listener->sockets.count; i++) {
		if (polls[i].revents == 0 || listener->sockets.at[i] < 0)
			continue;
		for (int n = 0; n < ACCEPTS; n++) {
			if (!accept_one(listener, listener->sockets.at[i]))
				break;
		}
	}
	polls += listener->sockets.count;
	for (unsigned i = 0; i < listener->options->connections; i++) {
		if (polls[i].fd >= 0 && polls[i].revents != 0 &&
		    listener->connections[i].pipe == polls[i].fd) {
			while (hear_monitor_of(listener,
			    &listener->connections[i]))
				continue;
		}
	}
	if (listener->polls[0].revents != 0)
		listener_take_signals(listener);
	summarize(listener);
}

int
listener_run(struct listener *listener, const char *gate)
{
	listener->gate = gate;
	for (unsigned i = 0; i < listener->options->connections; i++)
		listener->connections[i].pipe = -1;
	listener->next_summary = clock_ms() + SUMMARY_MS;
	ready_tell("READY=1");
	while (!listener->ends || listener->count > 0) {
		nfds_t count = watch(listener);

		if (poll(listener->polls, count, time_to_rest(listener)) < 0) {
			if (errno != EINTR)
				return -1;
			continue;
		}
		listener_turn(listener);
	}
	while (line_relay_pass(&listener->relay, FROM_SESSIONS) ||
	       line_relay_pass(&listener->relay, FROM_MONITORS))
		continue;
	tell_summary(listener);
	return 0;
}
