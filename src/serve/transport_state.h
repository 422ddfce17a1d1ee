/*
 * What the files of the transport share: a connection and its channels, as
 * libssh has them. For these files only; all others know transport.h.
 */
#ifndef FILESONLY_SERVE_TRANSPORT_STATE_H
#define FILESONLY_SERVE_TRANSPORT_STATE_H

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include "serve/transport.h"

struct transport_host_key {
	struct ssh_key_struct *key;
};

struct transport_channel {
	ssh_channel channel; /* NULL: free */
	struct ssh_channel_callbacks_struct callbacks;
	struct transport *transport;
	unsigned number;
	bool requested; /* one request a channel */
	bool ended;     /* the client's input has */
	bool told_end;
	bool gone;           /* the client has closed it */
	bool is_behind;      /* the event did not take all of its input */
	size_t ungranted;    /* bytes taken since the window grew last */
	unsigned char *left; /* read, and not taken by the event; owned */
	size_t left_at, left_len;
};

struct transport {
	ssh_session session;
	ssh_bind bind;
	ssh_event event;
	struct ssh_server_callbacks_struct callbacks;
	const struct transport_events *events;
	void *context;
	struct transport_channel channels[TRANSPORT_CHANNELS];
	unsigned keys_offered;
	size_t heard; /* bytes of channels, in the last turn */
	bool authenticated;
	bool broken;      /* the client broke a rule that libssh lets pass */
	const char *over; /* why the connection is; NULL: it is not */
	int fd;
};

/*
 * Gives the library its host keys, which are its own from then on, and what it
 * offers and takes. Returns false where it refuses.
 */
bool transport_configure(struct transport *transport,
    struct transport_host_key **keys, size_t count) must_check;

/* Fills what answers for login and for channels that open. */
void transport_set_callbacks(struct transport *transport);

#endif
