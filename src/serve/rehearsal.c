/*
 * OpenSSL looks an algorithm up when it is used first, and the linker each
 * function: half a millisecond of each connection, if each of them is the
 * first. So the server logs in to itself once, before it listens, and all that
 * is forked from it inherits what was found. No byte of anybody else's is read
 * for it. Random numbers that were drawn here are nobody's later: each network
 * process seeds the library anew (transport_seed).
 */
#include "serve/rehearsal.h"

#include <sys/socket.h>

#include "serve/transport_state.h"

enum { TURNS = 1000 }; /* some thirty are needed */

static bool
admit_all(void *context, const char *user, const char *base64, bool proved)
{
	(void)context;
	(void)user;
	(void)base64;
	(void)proved;
	return true;
}

static const struct transport_events rehearsal_events = { .key = admit_all };

/* A client of our own at fd, which it takes. It reads no configuration. */
static ssh_session
new_client(int fd)
{
	static const bool no = false;
	ssh_session client = ssh_new();

	if (client == NULL)
		return NULL;
	if (ssh_options_set(client, SSH_OPTIONS_PROCESS_CONFIG, &no) == 0 &&
	    ssh_options_set(client, SSH_OPTIONS_SSH_DIR, "/nonexistent") == 0 &&
	    ssh_options_set(client, SSH_OPTIONS_USER, "rehearsal") == 0 &&
	    ssh_options_set(client, SSH_OPTIONS_FD, &fd) == 0) {
		ssh_set_blocking(client, 0);
		return client;
	}
	ssh_free(client);
	return NULL;
}

/* Both ends in one process: neither may wait for the other. */
static bool
exchange_both(ssh_session client, struct transport *server)
{
	int theirs = SSH_AGAIN, ours = SSH_AGAIN;

	ssh_set_blocking(server->session, 0);
	for (int i = 0; i < TURNS; i++) {
		if (theirs == SSH_AGAIN)
			theirs = ssh_connect(client);
		if (ours == SSH_AGAIN)
			ours = ssh_handle_key_exchange(server->session);
		if (theirs == SSH_ERROR || ours == SSH_ERROR)
			return false;
		if (theirs == SSH_OK && ours == SSH_OK)
			break;
	}
	return ssh_event_add_session(server->event, server->session) == SSH_OK;
}

static bool
log_in_to(ssh_session client, struct transport *server, ssh_key key)
{
	int result = SSH_AUTH_AGAIN;

	for (int i = 0; i < TURNS && result == SSH_AUTH_AGAIN; i++) {
		result = ssh_userauth_publickey(client, NULL, key);
		if (!transport_turn(server))
			return false;
	}
	return result == SSH_AUTH_SUCCESS;
}

static bool
rehearse_between(ssh_session client, struct transport *server, ssh_key key)
{
	return exchange_both(client, server) && log_in_to(client, server, key);
}

int
rehearse(void)
{
	struct transport_host_key host = { NULL }, *hosts[] = { &host };
	struct transport *server = NULL;
	ssh_session client = NULL;
	ssh_key key = NULL;
	bool done = false;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &host.key) == SSH_OK &&
	    ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) == SSH_OK) {
		client = new_client(ends[0]);
		server =
		    transport_new(ends[1], hosts, 1, &rehearsal_events, NULL);
	}
	if (client != NULL && server != NULL)
		done = rehearse_between(client, server, key);
	if (server != NULL)
		transport_free(server);
	if (client != NULL) {
		ssh_disconnect(client);
		ssh_free(client);
	}
	ssh_key_free(host.key);
	ssh_key_free(key);
	return done ? 0 : -1;
}
