/*
 * Trusts nothing that the network process says but this: that a key was
 * proved, which only the SSH library can know. A network process that was
 * taken over could run the gate as any listed key, and nothing else.
 */
#include "serve/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "serve/accounts.h"
#include "serve/gate_command.h"
#include "serve/gate_process.h"
#include "serve/messages.h"
#include "serve/network.h"
#include "serve/transport.h"
#include "serve/watchdog.h"

enum {
	END_SECONDS = 15, /* for programs whose client is gone */
	KEY_TRIES = 64,   /* questions about keys, with their proofs */
	/* As many may be ending as may be running. */
	PROGRAMS = 2 * TRANSPORT_CHANNELS,
};

struct program {
	pid_t pid; /* 0: none */
	unsigned channel;
	bool is_stopped; /* its channel is closed, and may be another's */
};

struct monitor {
	const struct monitor_plan *plan;
	struct address client;
	bool has_address; /* the balancer's header was heard, or none is due */
	bool via;         /* ... and names another client */
	bool is_check;    /* it names none: the balancer's health check */
	int socket;       /* to the network process */
	int signals;
	pid_t network;
	int network_status;
	bool network_ended;
	bool ends; /* told to: no new request */
	unsigned keys_asked, keys_refused;
	bool logged_in;
	char user[256], fingerprint[KEY_FINGERPRINT];
	char *account; /* a virtual one; owned */
	uint64_t
	    look; /* when to look whether it is shut, in clock_ms; 0: never */
	const char *shut; /* a word for the log: it is */
	struct authorized_key key;
	const char *refused_because;
	struct program programs[PROGRAMS];
	unsigned requests;
	char version[256], kex[64], cipher[64], reason[256];
	uint64_t received, sent;
	uint64_t began; /* in clock_ms */
	struct message *message;
};

/* --- login ---------------------------------------------------------------- */

static void
keep_text(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text == NULL ? "" : text);
}

/* The authorized_keys that counts for a user. The caller frees. */
static char *
keys_file(const struct monitor *monitor, const char *user, const char **why)
{
	const struct server_options *options = monitor->plan->options;

	if (options->config != NULL)
		return accounts_keys_of(options->config, user,
		    monitor->keys_asked == 1 ? monitor->plan->log : NULL, why);
	return xstrdup(options->authorized_keys);
}

static bool
key_may_log_in(struct monitor *monitor, const char *user, const char *base64,
    struct authorized_key *listed)
{
	struct authorized_key *asked = xcalloc(1, sizeof(*asked));
	auto_free char *path =
	    keys_file(monitor, user, &monitor->refused_because);
	bool found = false;

	if (path != NULL &&
	    authorized_key_decode_blob(asked, base64, strlen(base64)) &&
	    key_is_taken(asked->blob, asked->blob_len,
		&monitor->refused_because))
		found = accounts_find_key(path, asked->blob, asked->blob_len,
		    &monitor->client, listed,
		    monitor->keys_asked == 1 ? monitor->plan->log : NULL,
		    &monitor->refused_because);
	if (found)
		key_fingerprint(asked->blob, asked->blob_len,
		    monitor->fingerprint);
	free(asked);
	return found;
}

/* When the account is shut the connection ends with what runs on it: each
 * program is told by its own gate. */
static void
look_at_account(struct monitor *monitor)
{
	unsigned again;

	monitor->shut = accounts_shut(monitor->plan->options->config,
	    monitor->account, &again);
	monitor->look = clock_ms() + (uint64_t)again * 1000;
}

/* It counts those that have not logged in, and connections by address. */
static void
tell_listener(const struct monitor *monitor)
{
	const struct monitor_news news = { .client = monitor->client,
		.has_logged_in = monitor->logged_in };

	if (write(monitor->plan->listener, &news, sizeof(news)) < 0)
		return;
}

static bool
answer_key(struct monitor *monitor)
{
	const struct message *message = monitor->message;
	bool proved = message->head.value == 1;
	struct authorized_key *listed;
	size_t at = 0;
	const char *user = message_next(message, &at);
	const char *base64 = message_next(message, &at);
	bool may;

	if (user == NULL || base64 == NULL || monitor->logged_in ||
	    !monitor->has_address || monitor->keys_asked++ >= KEY_TRIES)
		return false;
	listed = xcalloc(1, sizeof(*listed));
	keep_text(monitor->user, sizeof(monitor->user), user);
	may = key_may_log_in(monitor, user, base64, listed);
	if (may && proved) {
		monitor->logged_in = true;
		monitor->key = *listed;
		if (monitor->plan->options->config != NULL) {
			monitor->account = xstrdup(user);
			look_at_account(monitor);
			/* Its first request shall hear why it is refused. */
			monitor->shut = NULL;
		}
		tell_listener(monitor);
		*listed = (struct authorized_key){ .blob_len = 0 };
	}
	if (!may)
		monitor->keys_refused++;
	authorized_key_free(listed);
	free(listed);
	return may;
}

static bool
answer_address(struct monitor *monitor)
{
	size_t at = 0;
	const char *text = message_next(monitor->message, &at);

	if (monitor->has_address || monitor->is_check || text == NULL)
		return false;
	if (text[0] == '\0') {
		monitor->is_check = true;
		return true;
	}
	if (!address_parse(&monitor->client, text))
		return false;
	monitor->client.port = (uint16_t)monitor->message->head.value;
	monitor->has_address = true;
	monitor->via = true;
	tell_listener(monitor);
	return true;
}

/* --- the gate ------------------------------------------------------------- */

/* "CLIENT PORT SERVER PORT", as sshd has it. */
static void
write_connection(const struct monitor *monitor, char *out, size_t size)
{
	char client[ADDRESS_TEXT], server[ADDRESS_TEXT];

	address_text(&monitor->client, client);
	address_text(&monitor->plan->server, server);
	snprintf(out, size, "SSH_CONNECTION=%s %u %s %u", client,
	    monitor->client.port, server, monitor->plan->server.port);
}

static pid_t
start_gate(const struct monitor *monitor, const char *request, int ours[3])
{
	const struct server_options *options = monitor->plan->options;
	char address[ADDRESS_TEXT], connection[2 * ADDRESS_TEXT + 64];
	const struct gate_facts facts = { .key = monitor->fingerprint,
		.address = address,
		.account = monitor->account,
		.config = options->config,
		.keys = options->authorized_keys,
		.record = monitor->plan->record < 0 ? NULL
			  : options->log_json       ? "json"
						    : "logfmt" };
	struct gate_command command;
	pid_t pid = -1;

	address_text(&monitor->client, address);
	write_connection(monitor, connection, sizeof(connection));
	if (gate_command_make(&command, &facts, monitor->key.command,
		options->gate, options->gate_count) == 0)
		pid = gate_process_start(monitor->plan->gate, command.at,
		    connection, request, monitor->plan->record, ours);
	gate_command_free(&command);
	return pid;
}

/* Of a channel that is open, or NULL. */
static struct program *
program_of(struct monitor *monitor, unsigned channel)
{
	for (unsigned i = 0; i < PROGRAMS; i++) {
		struct program *program = &monitor->programs[i];

		if (program->pid > 0 && program->channel == channel &&
		    !program->is_stopped)
			return program;
	}
	return NULL;
}

static struct program *
free_program(struct monitor *monitor)
{
	for (unsigned i = 0; i < PROGRAMS; i++) {
		if (monitor->programs[i].pid == 0)
			return &monitor->programs[i];
	}
	return NULL;
}

static bool
answer_run(struct monitor *monitor)
{
	struct program *program = free_program(monitor);
	struct message *message = monitor->message;
	unsigned channel = message->head.channel;
	enum run_kind kind = (enum run_kind)message->head.value;
	int ours[MESSAGE_FDS];
	size_t at = 0;
	const char *request = message_next(message, &at);
	pid_t pid;

	if (!monitor->logged_in || monitor->ends || request == NULL ||
	    channel >= TRANSPORT_CHANNELS || program == NULL ||
	    program_of(monitor, channel) != NULL)
		return false;
	if (kind == RUN_SFTP)
		request = "internal-sftp";
	pid = start_gate(monitor, kind == RUN_SHELL ? NULL : request, ours);
	if (pid <= 0)
		return false;
	*program = (struct program){ .pid = pid, .channel = channel };
	monitor->requests++;
	message_begin(message, MESSAGE_YES, channel);
	memcpy(message->fds, ours, sizeof(ours));
	if (message_send(monitor->socket, message) != 0)
		kill(pid, SIGHUP);
	for (int i = 0; i < MESSAGE_FDS; i++)
		close(ours[i]);
	return true;
}

/* The client has closed the channel: as a terminal that hangs up. */
static void
stop_program(struct monitor *monitor, unsigned channel)
{
	struct program *program = program_of(monitor, channel);

	if (program == NULL)
		return;
	kill(program->pid, SIGHUP);
	program->is_stopped = true;
}

static void
signal_programs(struct monitor *monitor, int signal)
{
	for (unsigned i = 0; i < PROGRAMS; i++) {
		if (monitor->programs[i].pid > 0)
			kill(monitor->programs[i].pid, signal);
	}
}

static unsigned
running(const struct monitor *monitor)
{
	unsigned count = 0;

	for (unsigned i = 0; i < PROGRAMS; i++)
		count += monitor->programs[i].pid > 0;
	return count;
}

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

	keep_text(monitor->version, sizeof(monitor->version),
	    message_next(monitor->message, &at));
	keep_text(monitor->kex, sizeof(monitor->kex),
	    message_next(monitor->message, &at));
	keep_text(monitor->cipher, sizeof(monitor->cipher),
	    message_next(monitor->message, &at));
}

static void
take_end(struct monitor *monitor)
{
	size_t at = 0;

	keep_text(monitor->reason, sizeof(monitor->reason),
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
		answer(monitor, answer_address(monitor));
		return true;
	case MESSAGE_CLIENT:
		take_client(monitor);
		return true;
	case MESSAGE_KEY:
		answer(monitor, answer_key(monitor));
		return true;
	case MESSAGE_RUN:
		if (!answer_run(monitor))
			answer(monitor, false);
		return true;
	case MESSAGE_STOP:
		stop_program(monitor, monitor->message->head.channel);
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
program_ended(struct monitor *monitor, struct program *program, int status)
{
	const struct program ended = *program;

	*program = (struct program){ .pid = 0 };
	/* Nobody hears of it where its channel was closed before. */
	if (ended.is_stopped || monitor->network_ended)
		return;
	message_begin(monitor->message, MESSAGE_ENDED, ended.channel);
	monitor->message->head.value = status;
	if (message_send(monitor->socket, monitor->message) != 0)
		return;
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
				program_ended(monitor, &monitor->programs[i],
				    status);
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
			signal_programs(monitor, SIGTERM);
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
	_exit(network_run(&network));
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

/* How long to poll where wait (-1: for ever) would do but for the account. */
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

	if (monitor->network_ended && running(monitor) == 0)
		return false;
	if ((monitor->ends || monitor->shut != NULL) && running(monitor) == 0)
		kill(monitor->network, SIGTERM);
	if (poll(ready, 2, monitor_wait(monitor, wait)) < 0 && errno != EINTR)
		return false;
	if (monitor->look != 0 && clock_ms() >= monitor->look)
		look_at_account(monitor);
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

	signal_programs(monitor, SIGHUP);
	while (running(monitor) > 0 && monitor_turn(monitor, deadline))
		continue;
	signal_programs(monitor, SIGKILL);
}

/* By us, since the server ends or the account is shut. */
static bool
was_told_to_end(const struct monitor *monitor)
{
	return WIFSIGNALED(monitor->network_status) &&
	       WTERMSIG(monitor->network_status) == SIGTERM &&
	       (monitor->ends || monitor->shut != NULL);
}

/* Who leaves just before the time is up has held a place all the same. */
static bool
lasted_too_long(const struct monitor *monitor)
{
	return (clock_ms() - monitor->began) * 2 >=
	       (uint64_t)monitor->plan->options->grace * 1000;
}

static enum connection_end
how_it_ended(const struct monitor *monitor)
{
	int status = monitor->network_status;

	if (monitor->network < 0 ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == NETWORK_UNABLE))
		return CONNECTION_FAILED;
	if (WIFEXITED(status) && WEXITSTATUS(status) == WATCHDOG_STATUS)
		return CONNECTION_CRASHED;
	if (monitor->logged_in &&
	    (WIFEXITED(status) || was_told_to_end(monitor)))
		return CONNECTION_OK;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return monitor->logged_in ? CONNECTION_CRASHED
					  : CONNECTION_TOO_SLOW;
	if (!WIFEXITED(status) && !was_told_to_end(monitor))
		return CONNECTION_CRASHED;
	if (!monitor->has_address && !monitor->is_check)
		return CONNECTION_PROXY;
	if (WIFEXITED(status) && lasted_too_long(monitor))
		return CONNECTION_TOO_SLOW;
	if (monitor->keys_refused > 0)
		return CONNECTION_REFUSED;
	return monitor->version[0] == '\0' ? CONNECTION_NO_BANNER
					   : CONNECTION_NO_LOGIN;
}

static const char *const end_words[CONNECTION_ENDS] = {
	[CONNECTION_OK] = "ok",
	[CONNECTION_NO_BANNER] = "no-banner",
	[CONNECTION_NO_LOGIN] = "no-login",
	[CONNECTION_REFUSED] = "refused",
	[CONNECTION_TOO_SLOW] = "too-slow",
	[CONNECTION_CRASHED] = "crashed",
	[CONNECTION_PROXY] = "proxy",
	[CONNECTION_FAILED] = "failed",
};

/* Why the connection has ended, as far as anybody has said so. */
static const char *
monitor_reason(const struct monitor *monitor)
{
	int status = monitor->network_status;

	if (monitor->shut != NULL)
		return monitor->shut;
	return WIFEXITED(status) && WEXITSTATUS(status) == WATCHDOG_STATUS
		   ? "it used CPU and did not get on"
		   : monitor->reason;
}

static void
log_connection(const struct monitor *monitor, enum connection_end end)
{
	const struct address *peer = &monitor->plan->client;
	int status = monitor->network_status;
	char text[ADDRESS_TEXT];
	struct log_line line;

	/* The listener counts these, one line a minute. */
	if (end == CONNECTION_NO_BANNER)
		return;
	log_begin(&line, monitor->plan->log,
	    end == CONNECTION_OK       ? LOG_INFO
	    : end == CONNECTION_FAILED ? LOG_ERR
				       : LOG_NOTICE,
	    "connection");
	log_text(&line, "result", end_words[end]);
	address_text(&monitor->client, text);
	log_text(&line, "address", text);
	log_number(&line, "port", monitor->client.port);
	address_text(peer, text);
	if (monitor->via)
		log_text(&line, "via", text);
	if (monitor->keys_asked > 0)
		log_text(&line, "user", monitor->user);
	if (monitor->logged_in)
		log_text(&line, "key", monitor->fingerprint);
	else if (monitor->keys_refused > 0 && monitor->refused_because != NULL)
		log_text(&line, "because", monitor->refused_because);
	log_text(&line, "client", monitor->version);
	log_text(&line, "kex", monitor->kex);
	log_text(&line, "cipher", monitor->cipher);
	log_number(&line, "requests", monitor->requests);
	log_number(&line, "in", monitor->received);
	log_number(&line, "out", monitor->sent);
	log_number(&line, "seconds", (clock_ms() - monitor->began) / 1000);
	if (WIFSIGNALED(status))
		log_number(&line, "signal", (uint64_t)WTERMSIG(status));
	log_text(&line, "reason", monitor_reason(monitor));
	log_end(&line);
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
		keep_text(monitor.reason, sizeof(monitor.reason),
		    strerror(errno));
	} else {
		close(plan->fd);
		while (!monitor.network_ended && monitor_turn(&monitor, 0))
			continue;
		hear_last_words(&monitor);
		close(monitor.socket);
		end_programs(&monitor);
	}
	end = how_it_ended(&monitor);
	log_connection(&monitor, end);
	return end;
}
