/*
 * Trusts nothing that the network process says but this: that a key was
 * proved, which only the SSH library can know. A network process that was
 * taken over could run the gate as any listed key, and nothing else.
 */
#include "serve/monitor_state.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "serve/network.h"

enum { END_SECONDS = 15 }; /* for programs whose client is gone */

/* --- what is said and heard ----------------------------------------------- */

static void
answer(struct monitor *monitor, bool yes)
{
	message_begin(monitor->message, yes ? MESSAGE_YES : MESSAGE_NO, 0);
	if (message_send(monitor->socket, monitor->message) != 0)
		return;
}

static void
take_client(struct monitor *monitor)
{
	size_t at = 0;

	monitor_keep_text(monitor->version, sizeof(monitor->version),
	    message_next(monitor->message, &at));
	monitor_keep_text(monitor->kex, sizeof(monitor->kex),
	    message_next(monitor->message, &at));
	monitor_keep_text(monitor->cipher, sizeof(monitor->cipher),
	    message_next(monitor->message, &at));
}

static void
take_end(struct monitor *monitor)
{
	size_t at = 0;

	monitor_keep_text(monitor->reason, sizeof(monitor->reason),
	    message_next(monitor->message, &at));
	monitor->received = monitor->message->head.in;
	monitor->sent = monitor->message->head.out;
}

/* Returns false where the network process is gone, or says what it may not. */
static bool
hear_network(struct monitor *monitor)
{
	if (message_receive(monitor->socket, monitor->message, 0) != 1)
		return false;
	switch ((enum message_kind)monitor->message->head.kind) {
	case MESSAGE_ADDRESS:
		answer(monitor, monitor_answer_address(monitor));
		return true;
	case MESSAGE_CLIENT:
		take_client(monitor);
		return true;
	case MESSAGE_KEY:
		answer(monitor, monitor_answer_key(monitor));
		return true;
	case MESSAGE_RUN:
		if (!monitor_answer_run(monitor))
			answer(monitor, false);
		return true;
	case MESSAGE_STOP:
		monitor_stop_program(monitor, monitor->message->head.channel);
		return true;
	case MESSAGE_END:
		take_end(monitor);
		return true;
	case MESSAGE_YES:
	case MESSAGE_NO:
	case MESSAGE_ENDED:
	case MESSAGE_KINDS:
		break;
	}
	return false;
}

/* Reads what the network process sent before it ended, without answering. */
static void
hear_last_words(struct monitor *monitor)
{
	while (message_receive(monitor->socket, monitor->message,
		   MSG_DONTWAIT) == 1) {
		if (monitor->message->head.kind == MESSAGE_CLIENT)
			take_client(monitor);
		else if (monitor->message->head.kind == MESSAGE_END)
			take_end(monitor);
	}
}

static void
reap(struct monitor *monitor)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == monitor->network) {
			monitor->network_ended = true;
			monitor->network_status = status;
			continue;
		}
		for (unsigned i = 0; i < PROGRAMS; i++) {
			if (monitor->programs[i].pid == pid)
				monitor_program_ended(monitor,
				    &monitor->programs[i], status);
		}
	}
}

/* SIGTERM: no new request; what runs may end. A second one ends it. */
static void
take_signals(struct monitor *monitor)
{
	struct signalfd_siginfo info;

	while (read(monitor->signals, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		if (monitor->ends)
			monitor_signal_programs(monitor, SIGTERM);
		monitor->ends = true;
	}
	reap(monitor);
}

/* --- a connection --------------------------------------------------------- */

static void
start_network(struct monitor *monitor, int theirs)
{
	const struct monitor_plan *plan = monitor->plan;
	struct network_plan network = { .fd = plan->fd,
		.monitor = theirs,
		.host_keys = (const char **)(uintptr_t)plan->options->host_keys,
		.host_key_count = plan->options->host_key_count,
		.grace = plan->options->grace,
		.from_balancer = plan->from_balancer };
	sigset_t none;

	monitor->network = fork();
	if (monitor->network != 0)
		return;
	close(monitor->socket);
	close(monitor->signals);
	close(plan->listener);
	/* It, of all, tells nobody anything but by its monitor. */
	if (plan->record >= 0) {
		close(plan->record);
		close(plan->log->relay);
	}
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) != 0)
		_exit(1);
	_exit((int)network_run(&network));
}

static int
catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* How long to poll where wait (-1: for ever) would do but for the login. */
static int
monitor_wait(const struct monitor *monitor, int wait)
{
	uint64_t now = clock_ms();
	int left = monitor->look > now ? (int)(monitor->look - now) : 0;

	return monitor->look == 0 || (wait >= 0 && wait < left) ? wait : left;
}

/* One round. Returns false when nothing is left to wait for. */
static bool
monitor_turn(struct monitor *monitor, time_t deadline)
{
	struct pollfd ready[] = {
		{ .fd = monitor->network_ended ? -1 : monitor->socket,
		    .events = POLLIN },
		{ .fd = monitor->signals, .events = POLLIN },
	};
	time_t left = deadline - time(NULL);
	int wait = deadline == 0 ? -1 : left <= 0 ? 0 : (int)left * 1000;

	if (monitor->network_ended && monitor_running(monitor) == 0)
		return false;
	if ((monitor->ends || monitor->shut != NULL) &&
	    monitor_running(monitor) == 0)
		kill(monitor->network, SIGTERM);
	if (poll(ready, 2, monitor_wait(monitor, wait)) < 0 && errno != EINTR)
		return false;
	if (monitor->look != 0 && clock_ms() >= monitor->look)
		monitor_look_at_login(monitor);
	if (deadline != 0 && time(NULL) >= deadline)
		return false;
	if (ready[0].revents != 0 && !hear_network(monitor)) {
		kill(monitor->network, SIGKILL);
		while (waitpid(monitor->network, &monitor->network_status, 0) <
			   0 &&
		       errno == EINTR)
			continue;
		monitor->network_ended = true;
	}
	if (ready[1].revents != 0)
		take_signals(monitor);
	return true;
}

/* The client is gone: its programs see the end of their input, then this. */
static void
end_programs(struct monitor *monitor)
{
	time_t deadline = time(NULL) + END_SECONDS;

	monitor_signal_programs(monitor, SIGHUP);
	while (monitor_running(monitor) > 0 && monitor_turn(monitor, deadline))
		continue;
	monitor_signal_programs(monitor, SIGKILL);
}

/* Starts what speaks with the client. Returns 0, or -1 with errno. */
static int
monitor_start(struct monitor *monitor)
{
	int ends[2];

	if (monitor->signals < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	monitor->socket = ends[0];
	start_network(monitor, ends[1]);
	close(ends[1]);
	return monitor->network < 0 ? -1 : 0;
}

enum connection_end
monitor_run(const struct monitor_plan *plan)
{
	struct monitor monitor = { .plan = plan,
		.client = plan->client,
		.has_address = !plan->from_balancer,
		.network = -1,
		.signals = catch_signals(),
		.began = clock_ms(),
		.message = message_new() };
	enum connection_end end;

	if (monitor_start(&monitor) != 0) {
		monitor_keep_text(monitor.reason, sizeof(monitor.reason),
		    strerror(errno));
	} else {
		close(plan->fd);
		while (!monitor.network_ended && monitor_turn(&monitor, 0))
			continue;
		hear_last_words(&monitor);
		close(monitor.socket);
		end_programs(&monitor);
	}
	end = monitor_how_it_ended(&monitor);
	monitor_log(&monitor, end);
	return end;
}
