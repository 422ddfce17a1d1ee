/*
 * A connection, by libssh: its event loop driven by ours, its channels' bytes
 * and their ends.
 */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "serve/transport_state.h"

enum {
	GROW_AT = TRANSPORT_WINDOW / 4,
	READS_AT_ONCE = 64, /* the library's, of 4 KiB each */
	SHORT = 512,        /* bytes: a request, and not the end of many */
};

struct transport *
transport_new(int fd, struct transport_host_key **keys, size_t count,
    const struct transport_events *events, void *context)
{
	struct transport *transport = xcalloc(1, sizeof(*transport));

	transport->events = events;
	transport->context = context;
	transport->fd = fd;
	transport->session = ssh_new();
	transport->bind = ssh_bind_new();
	transport->event = ssh_event_new();
	transport_set_callbacks(transport);
	if (transport->session == NULL || transport->bind == NULL ||
	    transport->event == NULL ||
	    !transport_configure(transport, keys, count) ||
	    ssh_bind_accept_fd(transport->bind, transport->session, fd) !=
		SSH_OK)
		goto failed;
	ssh_set_auth_methods(transport->session, SSH_AUTH_METHOD_PUBLICKEY);
	if (ssh_set_server_callbacks(transport->session,
		&transport->callbacks) != SSH_OK)
		goto failed;
	return transport;
failed:
	transport_free(transport);
	return NULL;
}

void
transport_free(struct transport *transport)
{
	for (unsigned i = 0; i < TRANSPORT_CHANNELS; i++)
		transport_close(transport, i);
	if (transport->event != NULL && transport->session != NULL)
		ssh_event_remove_session(transport->event, transport->session);
	if (transport->event != NULL)
		ssh_event_free(transport->event);
	if (transport->session != NULL) {
		ssh_disconnect(transport->session);
		ssh_free(transport->session);
	}
	if (transport->bind != NULL)
		ssh_bind_free(transport->bind);
	free(transport);
}

int
transport_exchange_keys(struct transport *transport)
{
	if (ssh_handle_key_exchange(transport->session) != SSH_OK)
		return -1;
	ssh_set_blocking(transport->session, 0);
	return ssh_event_add_session(transport->event, transport->session) ==
		       SSH_OK
		   ? 0
		   : -1;
}

int
transport_fd(const struct transport *transport)
{
	return transport->fd;
}

bool
transport_wants_to_write(const struct transport *transport)
{
	return (ssh_get_poll_flags(transport->session) & SSH_WRITE_PENDING) !=
	       0;
}

bool
transport_is_authenticated(const struct transport *transport)
{
	return transport->authenticated;
}

/* 0.11 and later drop what overruns a window, and go on with a hole. */
static bool
has_hole(struct transport *transport)
{
	const char *error = ssh_get_error(transport->session);

	return strstr(error, "Window exceeded") != NULL ||
	       strstr(error, "remotely) closed channel") != NULL;
}

/* Offers bytes that were read to the event; what it leaves is kept. */
static void
offer(struct transport_channel *at, const unsigned char *bytes, size_t len)
{
	struct transport *transport = at->transport;
	size_t taken =
	    transport->events->data(transport->context, at->number, bytes, len);

	at->ungranted += taken;
	if (taken == len)
		return;
	at->is_behind = true;
	at->left = xrealloc(at->left, len - taken, 1);
	memcpy(at->left, bytes + taken, len - taken);
	at->left_at = 0;
	at->left_len = len - taken;
}

/*
 * libssh 0.10 grows the window only when a read asks for that many bytes; later
 * releases begin with 2 MiB. So read without need: mostly there is nothing.
 */
static void
grow_window(struct transport_channel *at)
{
	static unsigned char room[TRANSPORT_WINDOW];
	int got;

	if (at->ungranted < GROW_AT || at->left_len > 0 || at->ended ||
	    ssh_channel_poll(at->channel, 0) != 0)
		return;
	at->ungranted = 0;
	got = ssh_channel_read_timeout(at->channel, room, sizeof(room), 0, 0);
	if (got > 0)
		offer(at, room, (size_t)got);
}

/* The client says no more, and all that it has said was taken. */
static void
tell_end(struct transport_channel *at)
{
	struct transport *transport = at->transport;

	if (!at->ended || at->told_end || at->left_len > 0 ||
	    ssh_channel_poll(at->channel, 0) > 0)
		return;
	at->told_end = true;
	transport->events->end(transport->context, at->number);
}

/* Does what callbacks have noted: libssh forbids writing in a callback. */
static void
see_to_channels(struct transport *transport)
{
	for (unsigned i = 0; i < TRANSPORT_CHANNELS; i++) {
		struct transport_channel *at = &transport->channels[i];

		if (at->channel == NULL)
			continue;
		grow_window(at);
		tell_end(at);
		if (at->gone) {
			transport->events->closed(transport->context, i);
			transport_close(transport, i);
		}
	}
}

/* Why the connection is over, or NULL. */
static const char *
why_over(struct transport *transport, int result)
{
	/* A packet that can't be is an error of the session, and no more: the
	 * library would wait for ever. */
	if (transport->broken)
		return "the client broke a limit";
	if (has_hole(transport))
		return "the client overran a window";
	if ((ssh_get_status(transport->session) & SSH_CLOSED_ERROR) != 0 ||
	    result == SSH_ERROR)
		return ssh_get_error(transport->session);
	return ssh_is_connected(transport->session) ? NULL : "closed";
}

/* Returns false where the connection is over. */
static bool
turn_library(struct transport *transport, int *result)
{
	*result = ssh_event_dopoll(transport->event, 0);
	transport->over = why_over(transport, *result);
	return transport->over == NULL;
}

/* A short message is, as a rule, all that a client says before it waits. */
static bool
has_heard_short(const struct transport *transport)
{
	return transport->heard > 0 && transport->heard < SHORT;
}

/*
 * The library reads 4 KiB at a time: as long as there is more, our own poll
 * need not be asked between.
 */
bool
transport_turn(struct transport *transport)
{
	int result = SSH_OK;

	transport->heard = 0;
	for (int i = 0; i < READS_AT_ONCE && result == SSH_OK; i++) {
		if (!turn_library(transport, &result))
			return false;
		if (has_heard_short(transport) &&
		    !transport_wants_to_write(transport))
			break;
	}
	see_to_channels(transport);
	return true;
}

bool
transport_is_unsettled(const struct transport *transport)
{
	return has_heard_short(transport) &&
	       transport_wants_to_write(transport);
}

bool
transport_settle(struct transport *transport)
{
	int result;

	if (!turn_library(transport, &result))
		return false;
	see_to_channels(transport);
	return true;
}

static struct transport_channel *
open_channel(struct transport *transport, unsigned channel)
{
	struct transport_channel *at = &transport->channels[channel];

	return at->channel == NULL || at->gone ? NULL : at;
}

size_t
transport_room(const struct transport *transport, unsigned channel)
{
	const struct transport_channel *at = &transport->channels[channel];

	if (at->channel == NULL || at->gone)
		return 0;
	return ssh_channel_window_size(at->channel);
}

ssize_t
transport_write(struct transport *transport, unsigned channel,
    const void *bytes, size_t len, bool is_error)
{
	struct transport_channel *at = open_channel(transport, channel);
	int sent;

	if (at == NULL)
		return -1;
	sent = is_error
		   ? ssh_channel_write_stderr(at->channel, bytes, (uint32_t)len)
		   : ssh_channel_write(at->channel, bytes, (uint32_t)len);
	if (sent == SSH_AGAIN)
		return 0;
	return sent < 0 ? -1 : sent;
}

/* What was kept goes first. Returns whether all of it was taken. */
static bool
offer_left(struct transport_channel *at)
{
	struct transport *transport = at->transport;
	size_t taken;

	if (at->left_len == 0)
		return true;
	taken = transport->events->data(transport->context, at->number,
	    at->left + at->left_at, at->left_len);
	at->ungranted += taken;
	at->left_at += taken;
	at->left_len -= taken;
	return at->left_len == 0;
}

/*
 * Takes all that the library holds, at once: each read lets the client send
 * more, however much is still waiting, so small reads would pile it up.
 */
static bool
fetch_left(struct transport_channel *at)
{
	int waiting = ssh_channel_poll(at->channel, 0), got;

	if (waiting <= 0)
		return false;
	at->left = xrealloc(at->left, (size_t)waiting, 1);
	got = ssh_channel_read_nonblocking(at->channel, at->left,
	    (uint32_t)waiting, 0);
	at->left_at = 0;
	at->left_len = got > 0 ? (size_t)got : 0;
	return got > 0;
}

void
transport_drain(struct transport *transport, unsigned channel)
{
	struct transport_channel *at = open_channel(transport, channel);

	if (at == NULL || !at->is_behind)
		return;
	while (offer_left(at) && fetch_left(at))
		continue;
	at->is_behind = at->left_len > 0;
	/* Nothing more may come that would wake us to say so. */
	tell_end(at);
}

void
transport_end_output(struct transport *transport, unsigned channel)
{
	struct transport_channel *at = open_channel(transport, channel);

	if (at != NULL)
		ssh_channel_send_eof(at->channel);
}

void
transport_exit(struct transport *transport, unsigned channel, int status,
    const char *signal)
{
	struct transport_channel *at = open_channel(transport, channel);

	if (at == NULL)
		return;
	if (signal == NULL)
		ssh_channel_request_send_exit_status(at->channel, status);
	else
		ssh_channel_request_send_exit_signal(at->channel, signal, 0, "",
		    "");
}

void
transport_close(struct transport *transport, unsigned channel)
{
	struct transport_channel *at = &transport->channels[channel];
	ssh_channel closing = at->channel;

	if (closing == NULL)
		return;
	/* Data that comes for it must find nobody (CVE-2026-59850). */
	ssh_remove_channel_callbacks(closing, &at->callbacks);
	at->channel = NULL;
	auto_free_memory(&at->left);
	ssh_channel_close(closing);
	ssh_channel_free(closing);
}

const char *
transport_error(struct transport *transport)
{
	return transport->over != NULL ? transport->over
				       : ssh_get_error(transport->session);
}

static const char *
text_or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

const char *
transport_client(const struct transport *transport)
{
	return text_or_empty(ssh_get_clientbanner(transport->session));
}

const char *
transport_kex(const struct transport *transport)
{
	return text_or_empty(ssh_get_kex_algo(transport->session));
}

const char *
transport_cipher(const struct transport *transport)
{
	return text_or_empty(ssh_get_cipher_in(transport->session));
}
