/*
 * One loop over the listening sockets, the monitors' pipes and the signals.
 */
#include "serve/listener_state.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "serve/ready.h"

enum {
	SUMMARY_MS = 60 * 1000, /* probes are told in one line a minute */
	ACCEPTS = 16,           /* at one turn */
	REST_MS = 100,          /* where no descriptor is left */
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

/* --- the end ---------------------------------------------------------------
 */

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
	listener_reap_monitors(listener);
}

/* --- the loop --------------------------------------------------------------
 */

/* Health checks and scanners: one line, if there were any. */
static void
listener_tell_summary(struct listener *listener)
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

/* Once a minute. */
static void
listener_summarize(struct listener *listener)
{
	uint64_t now = clock_ms();

	if (now < listener->next_summary)
		return;
	listener->next_summary = now + SUMMARY_MS;
	listener_tell_summary(listener);
}

static int
listener_rest(const struct listener *listener)
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
listener_watch(struct listener *listener)
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

/* Accepts one. Returns false where nobody waits. */
static bool
listener_accept(struct listener *listener, int socket)
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
	from_balancer = listener_is_balancer(listener, &client);
	if (listener_turns_away(listener, &client, from_balancer) != NULL) {
		listener->turned_away++;
		return true;
	}
	listener_start_monitor(listener, fd, &client, from_balancer);
	return true;
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
			if (!listener_accept(listener, listener->sockets.at[i]))
				break;
		}
	}
	polls += listener->sockets.count;
	for (unsigned i = 0; i < listener->options->connections; i++) {
		if (polls[i].fd >= 0 && polls[i].revents != 0 &&
		    listener->connections[i].pipe == polls[i].fd) {
			while (listener_hear_monitor(listener,
			    &listener->connections[i]))
				continue;
		}
	}
	if (listener->polls[0].revents != 0)
		listener_take_signals(listener);
	listener_summarize(listener);
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
		nfds_t count = listener_watch(listener);

		if (poll(listener->polls, count, listener_rest(listener)) < 0) {
			if (errno != EINTR)
				return -1;
			continue;
		}
		listener_turn(listener);
	}
	while (line_relay_pass(&listener->relay, FROM_SESSIONS) ||
	       line_relay_pass(&listener->relay, FROM_MONITORS))
		continue;
	listener_tell_summary(listener);
	return 0;
}
