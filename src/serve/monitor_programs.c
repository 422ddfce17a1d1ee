/* A gate for each request, in a process of its own, known by its channel. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "serve/gate_command.h"
#include "serve/gate_process.h"
#include "serve/monitor_state.h"

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

/*
 * A key's own line means what it means under sshd, which runs it in the home,
 * or at the top where that can't be entered. The server's begins where the
 * server was started.
 */
static const char *
gate_directory(const struct monitor *monitor)
{
	const char *home = monitor->plan->options->home;

	if (monitor->key.command == NULL)
		return NULL;
	return home != NULL && access(home, X_OK) == 0 ? home : "/";
}

/* What the gate learns of this session. */
static struct gate_facts
gate_facts(const struct monitor *monitor)
{
	const struct server_options *options = monitor->plan->options;

	return (struct gate_facts){ .key = monitor->fingerprint,
		.account = monitor->account,
		.config = options->config,
		.keys = options->authorized_keys,
		.host_keys = options->host_keys,
		.host_key_count = options->host_key_count,
		.record = monitor->plan->record < 0 ? NULL
			  : options->log_json       ? "json"
						    : "logfmt" };
}

static pid_t
start_gate(const struct monitor *monitor, const char *request, int ours[3])
{
	const struct server_options *options = monitor->plan->options;
	char address[ADDRESS_TEXT], connection[2 * ADDRESS_TEXT + 64];
	char expires[24];
	struct gate_facts facts = gate_facts(monitor);
	struct gate_command command;
	pid_t pid = -1;

	address_text(&monitor->client, address);
	facts.address = address;
	snprintf(expires, sizeof(expires), "%lld",
	    (long long)monitor->key.expires);
	facts.expires = monitor->key.expires == 0 ? NULL : expires;
	write_connection(monitor, connection, sizeof(connection));
	if (gate_command_make(&command, &facts, monitor->key.command,
		options->gate, options->gate_count) == 0) {
		const struct gate_start start = { .gate = monitor->plan->gate,
			.words = command.at,
			.directory = gate_directory(monitor) };

		pid = gate_process_start(&start, connection, request,
		    monitor->plan->record, ours);
	}
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

bool
monitor_answer_run(struct monitor *monitor)
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
	    program_of(monitor, channel) != NULL || !monitor_key_holds(monitor))
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

void
monitor_stop_program(struct monitor *monitor, unsigned channel)
{
	struct program *program = program_of(monitor, channel);

	if (program == NULL)
		return;
	kill(program->pid, SIGHUP);
	program->is_stopped = true;
}

void
monitor_signal_programs(struct monitor *monitor, int signal)
{
	for (unsigned i = 0; i < PROGRAMS; i++) {
		if (monitor->programs[i].pid > 0)
			kill(monitor->programs[i].pid, signal);
	}
}

unsigned
monitor_running(const struct monitor *monitor)
{
	unsigned count = 0;

	for (unsigned i = 0; i < PROGRAMS; i++)
		count += monitor->programs[i].pid > 0;
	return count;
}

void
monitor_program_ended(struct monitor *monitor, struct program *program,
    int status)
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
