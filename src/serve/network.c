/*
 * One loop: the connection, the monitor, up to ten programs. Trusts neither
 * the client nor the library: what it may do is what the kernel has left it.
 */
#include "serve/network.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "serve/messages.h"
#include "serve/proxy_header.h"
#include "serve/sandbox.h"
#include "serve/stream.h"
#include "serve/transport.h"
#include "serve/watchdog.h"

enum {
	HOST_KEYS_MAX = 8,
	POLL_CLIENT = 0,
	POLL_MONITOR = 1,
	POLL_STREAMS = 2,
	POLLS = POLL_STREAMS + TRANSPORT_CHANNELS * STREAM_POLLS,
};

struct network {
	const struct network_plan *plan;
	struct transport *transport;
	struct stream streams[TRANSPORT_CHANNELS];
	uint64_t received, sent; /* of streams that are over */
	uint64_t moved;          /* of all, when the watchdog heard it last */
	struct message *message; /* one at a time */
	const char *reason;
	bool monitor_gone;
	enum network_status status;
};

/* --- the monitor ---------------------------------------------------------- */

static void
take_ended(struct network *network, const struct message *message)
{
	unsigned channel = message->head.channel;

	if (channel < TRANSPORT_CHANNELS && network->streams[channel].used)
		stream_exited(&network->streams[channel], message->head.value);
}

/* Sends the message and waits for its answer, in the same place. */
static bool
ask(struct network *network)
{
	struct message *message = network->message;

	if (message_send(network->plan->monitor, message) != 0)
		network->monitor_gone = true;
	while (!network->monitor_gone) {
		if (message_receive(network->plan->monitor, message, 0) != 1) {
			network->monitor_gone = true;
			break;
		}
		if (message->head.kind == MESSAGE_ENDED)
			take_ended(network, message);
		else
			return message->head.kind == MESSAGE_YES;
	}
	return false;
}

static void
say(struct network *network)
{
	if (message_send(network->plan->monitor, network->message) != 0)
		network->monitor_gone = true;
}

static bool
on_key(void *context, const char *user, const char *base64, bool proved)
{
	struct network *network = context;
	struct message *message = network->message;

	watchdog_moved();
	message_begin(message, MESSAGE_KEY, 0);
	message->head.value = proved;
	return message_add(message, user) == 0 &&
	       message_add(message, base64) == 0 && ask(network);
}

static bool
on_request(void *context, unsigned channel, const char *command)
{
	struct network *network = context;
	struct message *message = network->message;

	watchdog_moved();
	message_begin(message, MESSAGE_RUN, channel);
	message->head.value = command == NULL      ? RUN_SFTP
			      : command[0] == '\0' ? RUN_SHELL
						   : RUN_COMMAND;
	if (message_add(message, command == NULL ? "" : command) != 0 ||
	    !ask(network))
		return false;
	for (size_t i = 0; i < MESSAGE_FDS; i++) {
		if (message->fds[i] < 0)
			return false;
	}
	return stream_begin(&network->streams[channel], channel,
		   message->fds) == 0;
}

static size_t
on_data(void *context, unsigned channel, const void *bytes, size_t len)
{
	struct network *network = context;

	return network->streams[channel].used
		   ? stream_take(&network->streams[channel], bytes, len)
		   : len;
}

static void
on_end(void *context, unsigned channel)
{
	struct network *network = context;

	if (network->streams[channel].used)
		stream_input_ended(&network->streams[channel]);
}

static void
drop_stream(struct network *network, unsigned channel)
{
	struct stream *stream = &network->streams[channel];

	network->received += stream->received;
	network->sent += stream->sent;
	stream_end(stream);
}

static void
on_closed(void *context, unsigned channel)
{
	struct network *network = context;

	if (network->streams[channel].used)
		drop_stream(network, channel);
	/* Its program may be there without a stream: one that can't be told
	 * anything any more. */
	message_begin(network->message, MESSAGE_STOP, channel);
	say(network);
}

static const struct transport_events events = {
	.key = on_key,
	.request = on_request,
	.data = on_data,
	.end = on_end,
	.closed = on_closed,
};

/* --- before SSH begins ---------------------------------------------------- */

static bool
read_proxy_header(struct network *network)
{
	struct address address = { .port = 0 };
	enum proxy_answer answer =
	    proxy_header_read(network->plan->fd, &address);
	char text[ADDRESS_TEXT] = "";

	if (answer == PROXY_BAD)
		return false;
	if (answer == PROXY_ADDRESS)
		address_text(&address, text);
	message_begin(network->message, MESSAGE_ADDRESS, 0);
	network->message->head.value = address.port;
	return message_add(network->message, text) == 0 && ask(network);
}

/* What the client speaks and what was agreed on, for the log. */
static void
tell_client(struct network *network)
{
	struct message *message = network->message;
	const char *const texts[] = { transport_client(network->transport),
		transport_kex(network->transport),
		transport_cipher(network->transport) };

	message_begin(message, MESSAGE_CLIENT, 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (message_add(message, texts[i]) != 0)
			return;
	}
	say(network);
}

/* Any other text in its place is no SSH client's. */
static bool
has_greeted(const struct network *network)
{
	return strncmp(transport_client(network->transport), "SSH-", 4) == 0;
}

/* --- the loop ------------------------------------------------------------- */

static void
hear_monitor(struct network *network)
{
	struct message *message = network->message;
	int got =
	    message_receive(network->plan->monitor, message, MSG_DONTWAIT);

	if (got == 1 && message->head.kind == MESSAGE_ENDED)
		take_ended(network, message);
	else if (got == 0 || (got < 0 && errno != EAGAIN))
		network->monitor_gone = true;
}

/* The end of a program is told when its last bytes are on their way. */
static void
turn_streams(struct network *network, const struct pollfd *ready)
{
	for (unsigned i = 0; i < TRANSPORT_CHANNELS; i++) {
		struct stream *stream = &network->streams[i];

		if (stream->used && !stream_turn(stream, network->transport,
					ready + i * STREAM_POLLS))
			drop_stream(network, i);
	}
}

/* Waits for something to do. Returns false where poll fails. */
static bool
wait_for_work(struct network *network, struct pollfd *ready)
{
	struct transport *transport = network->transport;
	nfds_t count = POLLS;

	ready[POLL_CLIENT] = (struct pollfd){ .fd = transport_fd(transport),
		.events = (short)(POLLIN |
				  (transport_wants_to_write(transport) ? POLLOUT
								       : 0)) };
	ready[POLL_MONITOR] =
	    (struct pollfd){ .fd = network->plan->monitor, .events = POLLIN };
	for (unsigned i = 0; i < TRANSPORT_CHANNELS; i++) {
		struct pollfd *of = ready + POLL_STREAMS + i * STREAM_POLLS;

		for (int n = 0; n < STREAM_POLLS; n++)
			of[n] = (struct pollfd){ .fd = -1 };
		if (network->streams[i].used)
			stream_watch(&network->streams[i], transport, of);
	}
	/* Most channels were never opened. */
	while (ready[count - 1].fd < 0)
		count--;
	return poll(ready, count, -1) >= 0 || errno == EINTR;
}

/*
 * The library takes its socket for full once it has written, until it is asked
 * again: our poll would wake for that alone. What waited for it goes on then.
 */
static bool
settle_writes(struct network *network, struct pollfd *ready)
{
	if (!transport_settle(network->transport))
		return false;
	for (size_t i = 0; i < POLLS; i++)
		ready[i].revents = 0;
	turn_streams(network, ready + POLL_STREAMS);
	return true;
}

static void
tell_watchdog(struct network *network)
{
	uint64_t moved = network->received + network->sent;

	for (unsigned i = 0; i < TRANSPORT_CHANNELS; i++)
		moved +=
		    network->streams[i].received + network->streams[i].sent;
	watchdog_turn();
	if (moved != network->moved)
		watchdog_moved();
	network->moved = moved;
}

static void
serve_connection(struct network *network)
{
	struct transport *transport = network->transport;
	struct pollfd ready[POLLS];
	bool logged_in = false;

	while (!network->monitor_gone) {
		if (!wait_for_work(network, ready))
			return;
		if (ready[POLL_CLIENT].revents != 0 &&
		    !transport_turn(transport))
			break;
		if (ready[POLL_MONITOR].revents != 0)
			hear_monitor(network);
		turn_streams(network, ready + POLL_STREAMS);
		if (transport_is_unsettled(transport) &&
		    !settle_writes(network, ready))
			break;
		tell_watchdog(network);
		if (!logged_in && transport_is_authenticated(transport)) {
			logged_in = true;
			alarm(0); /* the grace time's */
		}
	}
	network->reason = network->monitor_gone ? "the monitor is gone"
						: transport_error(transport);
}

static void
tell_end(struct network *network)
{
	struct message *message = network->message;

	for (unsigned i = 0; i < TRANSPORT_CHANNELS; i++) {
		if (network->streams[i].used)
			drop_stream(network, i);
	}
	message_begin(message, MESSAGE_END, 0);
	message->head.in = network->received;
	message->head.out = network->sent;
	if (message_add(message, network->reason) == 0)
		say(network);
}

static bool
read_host_keys(const struct network_plan *plan,
    struct transport_host_key *keys[HOST_KEYS_MAX])
{
	if (plan->host_key_count > HOST_KEYS_MAX)
		return false;
	for (size_t i = 0; i < plan->host_key_count; i++) {
		keys[i] = transport_read_host_key(plan->host_keys[i]);
		if (keys[i] == NULL)
			return false;
	}
	return true;
}

/* From the first byte on. Returns why it ended. */
static const char *
speak(struct network *network, struct transport_host_key **keys)
{
	const struct network_plan *plan = network->plan;
	bool exchanged;

	alarm(plan->grace);
	if (plan->from_balancer && !read_proxy_header(network)) {
		network->status = NETWORK_DONE;
		return "no PROXY header where one must come";
	}
	network->transport = transport_new(plan->fd, keys, plan->host_key_count,
	    &events, network);
	if (network->transport == NULL)
		return "the SSH library can't start";
	network->status = NETWORK_DONE;
	exchanged = transport_exchange_keys(network->transport) == 0;
	/* Who greets and leaves then is no probe: the log tells of it. */
	if (exchanged || has_greeted(network))
		tell_client(network);
	if (!exchanged)
		return transport_error(network->transport);
	network->reason = "closed";
	serve_connection(network);
	return network->reason;
}

enum network_status
network_run(const struct network_plan *plan)
{
	struct transport_host_key *keys[HOST_KEYS_MAX] = { NULL };
	struct network network = { .plan = plan,
		.message = message_new(),
		.status = NETWORK_UNABLE };

	for (unsigned i = 0; i < TRANSPORT_CHANNELS; i++)
		network.streams[i].in = network.streams[i].out =
		    network.streams[i].err = -1;
	if (!read_host_keys(plan, keys))
		network.reason = "a host key can't be read";
	else if (watchdog_start(WATCHDOG_SECONDS) != 0 || sandbox_enter() != 0)
		network.reason = "the kernel can't confine this process";
	else if (transport_seed() != 0)
		network.reason =
		    "the SSH library's random numbers can't be seeded";
	else
		network.reason = speak(&network, keys);
	tell_end(&network);
	return network.status;
}
