/*
 * What libssh asks: may this key log in, may a channel open, what shall run on
 * it. Nothing is written from within a callback: the library hangs or loses
 * POLLOUT if one does.
 */
#include <string.h>

#include "serve/transport_state.h"

enum {
	KEYS_MAX = 24, /* that a client may offer: agents hold many */
	USER_MAX = 256,
};

/* --- login ---------------------------------------------------------------- */

/* A certificate would pass as its plain key: no authority is ever checked. */
static bool
is_plain_key(ssh_key key)
{
	static const enum ssh_keytypes_e plain[] = { SSH_KEYTYPE_ED25519,
		SSH_KEYTYPE_RSA, SSH_KEYTYPE_ECDSA_P256, SSH_KEYTYPE_ECDSA_P384,
		SSH_KEYTYPE_ECDSA_P521, SSH_KEYTYPE_SK_ECDSA,
		SSH_KEYTYPE_SK_ED25519 };

	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
		if (ssh_key_type(key) == plain[i])
			return true;
	}
	return false;
}

static bool
ask_about_key(struct transport *transport, const char *user, ssh_key key,
    bool proved)
{
	char *base64 = NULL;
	bool is_in;

	if (!is_plain_key(key) || strlen(user) >= USER_MAX ||
	    ssh_pki_export_pubkey_base64(key, &base64) != SSH_OK)
		return false;
	is_in =
	    transport->events->key(transport->context, user, base64, proved);
	ssh_string_free_char(base64);
	return is_in;
}

static int
on_pubkey(ssh_session session, const char *user, struct ssh_key_struct *key,
    char state, void *userdata)
{
	struct transport *transport = userdata;
	bool proved = state == SSH_PUBLICKEY_STATE_VALID;

	if (transport->authenticated)
		return SSH_AUTH_DENIED;
	if (transport->keys_offered++ >= KEYS_MAX) {
		transport->broken = true;
		return SSH_AUTH_DENIED;
	}
	if (!proved && state != SSH_PUBLICKEY_STATE_NONE)
		return SSH_AUTH_DENIED;
	if (!ask_about_key(transport, user, key, proved))
		return SSH_AUTH_DENIED;
	(void)session;
	transport->authenticated = proved;
	return SSH_AUTH_SUCCESS;
}

/* "none" is how a client asks which methods there are. */
static int
on_none(ssh_session session, const char *user, void *userdata)
{
	(void)session;
	(void)user;
	(void)userdata;
	return SSH_AUTH_DENIED;
}

/* Without this a stranger's request makes libssh load plugins and keytabs. */
static ssh_string
on_gssapi(ssh_session session, const char *user, int count, ssh_string *oids,
    void *userdata)
{
	(void)session;
	(void)user;
	(void)count;
	(void)oids;
	(void)userdata;
	return NULL;
}

/* --- channels ------------------------------------------------------------- */

static int
on_data(ssh_session session, ssh_channel channel, void *data, uint32_t len,
    int is_stderr, void *userdata)
{
	struct transport_channel *at = userdata;
	struct transport *transport = at->transport;
	size_t taken;

	(void)session;
	(void)channel;
	/* More than was granted: 0.10 lets it pass. */
	if (len > 2 * TRANSPORT_WINDOW) {
		transport->broken = true;
		return (int)len;
	}
	if (is_stderr || !at->requested || at->gone)
		return (int)len; /* nobody's */
	if (at->left_len > 0)
		return 0;
	taken =
	    transport->events->data(transport->context, at->number, data, len);
	transport->heard += len;
	at->ungranted += taken;
	at->is_behind = at->is_behind || taken < len;
	return (int)taken;
}

static void
on_eof(ssh_session session, ssh_channel channel, void *userdata)
{
	struct transport_channel *at = userdata;

	(void)session;
	(void)channel;
	at->ended = true;
}

static void
on_close(ssh_session session, ssh_channel channel, void *userdata)
{
	struct transport_channel *at = userdata;

	(void)session;
	(void)channel;
	at->gone = true;
}

/* 0 is yes, 1 is no (libssh/callbacks.h). */
static int
on_request(struct transport_channel *at, const char *command)
{
	struct transport *transport = at->transport;

	if (!transport->authenticated || at->requested || at->gone)
		return 1;
	at->requested =
	    transport->events->request(transport->context, at->number, command);
	return at->requested ? 0 : 1;
}

static int
on_exec(ssh_session session, ssh_channel channel, const char *command,
    void *userdata)
{
	(void)session;
	(void)channel;
	return on_request(userdata, command);
}

static int
on_subsystem(ssh_session session, ssh_channel channel, const char *name,
    void *userdata)
{
	(void)session;
	(void)channel;
	return strcmp(name, "sftp") == 0 ? on_request(userdata, NULL) : 1;
}

static int
on_shell(ssh_session session, ssh_channel channel, void *userdata)
{
	(void)session;
	(void)channel;
	/* The gate says that there is none, and the record has it. */
	return on_request(userdata, "");
}

static int
on_env(ssh_session session, ssh_channel channel, const char *name,
    const char *value, void *userdata)
{
	(void)session;
	(void)channel;
	(void)name;
	(void)value;
	(void)userdata;
	return 1;
}

static int
on_pty(ssh_session session, ssh_channel channel, const char *term, int width,
    int height, int pixel_width, int pixel_height, void *userdata)
{
	(void)session;
	(void)channel;
	(void)term;
	(void)width;
	(void)height;
	(void)pixel_width;
	(void)pixel_height;
	(void)userdata;
	return 1;
}

static void
set_callbacks(struct transport_channel *at)
{
	/* x11 stays unset: libssh reports success whatever that returns. */
	at->callbacks = (struct ssh_channel_callbacks_struct){
		.userdata = at,
		.channel_data_function = on_data,
		.channel_eof_function = on_eof,
		.channel_close_function = on_close,
		.channel_exec_request_function = on_exec,
		.channel_subsystem_request_function = on_subsystem,
		.channel_shell_request_function = on_shell,
		.channel_env_request_function = on_env,
		.channel_pty_request_function = on_pty,
	};
	ssh_callbacks_init(&at->callbacks);
}

static ssh_channel
on_open(ssh_session session, void *userdata)
{
	struct transport *transport = userdata;

	if (!transport->authenticated)
		return NULL;
	for (unsigned i = 0; i < TRANSPORT_CHANNELS; i++) {
		struct transport_channel *at = &transport->channels[i];

		if (at->channel != NULL)
			continue;
		*at = (struct transport_channel){ .channel =
						      ssh_channel_new(session),
			.transport = transport,
			.number = i };
		if (at->channel == NULL)
			return NULL;
		set_callbacks(at);
		ssh_set_channel_callbacks(at->channel, &at->callbacks);
		ssh_channel_set_blocking(at->channel, 0);
		return at->channel;
	}
	return NULL;
}

void
transport_set_callbacks(struct transport *transport)
{
	transport->callbacks = (struct ssh_server_callbacks_struct){
		.userdata = transport,
		.auth_pubkey_function = on_pubkey,
		.auth_none_function = on_none,
		.channel_open_request_session_function = on_open,
		.gssapi_select_oid_function = on_gssapi,
	};
	ssh_callbacks_init(&transport->callbacks);
}
