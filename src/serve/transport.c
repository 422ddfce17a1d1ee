/*
 * libssh's server half as this server uses it: its callbacks, its event loop
 * driven by ours, and what of it is switched off. Nothing is written from
 * within a callback: the library hangs or loses POLLOUT if one does.
 */
#include "serve/transport.h"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/xalloc.h"
#include "gcm.h"

enum {
	REKEY_SECONDS = 3600,
	KEYS_MAX = 24, /* that a client may offer: agents hold many */
	GROW_AT = TRANSPORT_WINDOW / 4,
	READS_AT_ONCE = 64, /* the library's, of 4 KiB each */
	USER_MAX = 256,
};

/* Only where the library's check of a GCM tag is known to work. */
#ifdef LIBSSH_GCM_FIXED
#define GCM_CIPHERS "aes256-gcm@openssh.com,aes128-gcm@openssh.com,"
#else
#define GCM_CIPHERS ""
#endif

/* CTR is for clients that have no authenticated cipher. */
static const char ciphers[] =
    "chacha20-poly1305@openssh.com," GCM_CIPHERS "aes256-ctr,aes128-ctr";
static const char macs[] =
    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
    "hmac-sha2-256,hmac-sha2-512";
static const char signatures[] =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,"
    "ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256,"
    "sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com";
/*
 * Behind the blank stands a comment (RFC 4253, 4.2). libssh's own client, and
 * others, look for this name before they send SYMLINK's arguments in the order
 * that OpenSSH's server and ours want.
 */
static const char banner[] =
    "filesonlyd_" FILESONLY_VERSION " OpenSSH_9.2-compatible";
static const uint64_t rekey_bytes = UINT64_C(1) << 30;

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
	bool authenticated;
	bool broken;      /* the client broke a rule that libssh lets pass */
	const char *over; /* why the connection is; NULL: it is not */
	int fd;
};

struct transport_host_key {
	struct ssh_key_struct *key;
};

int
transport_prepare(void)
{
	if (ssh_version(SSH_VERSION_INT(0, 10, 6)) == NULL)
		return -1;
	return ssh_init() == SSH_OK ? 0 : -1;
}

/* --- host keys ------------------------------------------------------------ */

struct transport_host_key *
transport_read_host_key(const char *path)
{
	struct transport_host_key *key = xcalloc(1, sizeof(*key));

	if (ssh_pki_import_privkey_file(path, NULL, NULL, NULL, &key->key) ==
	    SSH_OK)
		return key;
	free(key);
	return NULL;
}

void
transport_free_host_key(struct transport_host_key *key)
{
	ssh_key_free(key->key);
	free(key);
}

int
transport_make_host_key(const char *path)
{
	ssh_key key = NULL;
	mode_t mask;
	int result;

	if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK)
		return -1;
	mask = umask(077);
	result = ssh_pki_export_privkey_file(key, NULL, NULL, NULL, path);
	umask(mask);
	ssh_key_free(key);
	return result == SSH_OK ? 0 : -1;
}

int
transport_host_fingerprint(const struct transport_host_key *key, char *text,
    size_t size)
{
	unsigned char *hash = NULL;
	char *printed = NULL;
	size_t len = 0;
	int result = -1;

	if (ssh_get_publickey_hash(key->key, SSH_PUBLICKEY_HASH_SHA256, &hash,
		&len) == 0)
		printed = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256,
		    hash, len);
	if (printed != NULL && strlen(printed) < size) {
		memcpy(text, printed, strlen(printed) + 1);
		result = 0;
	}
	ssh_string_free_char(printed);
	ssh_clean_pubkey_hash(&hash);
	return result;
}

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

/* --- a connection --------------------------------------------------------- */

static bool
set_option(ssh_bind bind, enum ssh_bind_options_e option, const void *value)
{
	return ssh_bind_options_set(bind, option, value) == SSH_OK;
}

static bool
configure(struct transport *transport, struct transport_host_key **keys,
    size_t count)
{
	static const unsigned rsa_min = 3072;
	static const uint32_t seconds = REKEY_SECONDS;
	static const bool no = false;
	ssh_bind bind = transport->bind;
	ssh_session session = transport->session;

	for (size_t i = 0; i < count; i++) {
		if (!set_option(bind, SSH_BIND_OPTIONS_IMPORT_KEY,
			keys[i]->key))
			return false;
		keys[i]->key = NULL; /* the library's */
	}
	return set_option(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no) &&
	       set_option(bind, SSH_BIND_OPTIONS_BANNER, banner) &&
	       set_option(bind, SSH_BIND_OPTIONS_CIPHERS_C_S, ciphers) &&
	       set_option(bind, SSH_BIND_OPTIONS_CIPHERS_S_C, ciphers) &&
	       set_option(bind, SSH_BIND_OPTIONS_HMAC_C_S, macs) &&
	       set_option(bind, SSH_BIND_OPTIONS_HMAC_S_C, macs) &&
	       set_option(bind, SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES,
		   signatures) &&
	       set_option(bind, SSH_BIND_OPTIONS_RSA_MIN_SIZE, &rsa_min) &&
	       ssh_options_set(session, SSH_OPTIONS_COMPRESSION, "none") ==
		   SSH_OK &&
	       ssh_options_set(session, SSH_OPTIONS_REKEY_DATA, &rekey_bytes) ==
		   SSH_OK &&
	       ssh_options_set(session, SSH_OPTIONS_REKEY_TIME, &seconds) ==
		   SSH_OK;
}

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
	transport->callbacks = (struct ssh_server_callbacks_struct){
		.userdata = transport,
		.auth_pubkey_function = on_pubkey,
		.auth_none_function = on_none,
		.channel_open_request_session_function = on_open,
		.gssapi_select_oid_function = on_gssapi,
	};
	ssh_callbacks_init(&transport->callbacks);
	if (transport->session == NULL || transport->bind == NULL ||
	    transport->event == NULL || !configure(transport, keys, count) ||
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
 * 0.10 grows a window only for a read that asks for so much; later releases
 * have one of 2 MiB by themselves. Nothing is there to be read, as a rule.
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

/* What must not be done within the library's callbacks. */
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

/*
 * The library reads 4 KiB at a time: as long as there is more, our own poll
 * need not be asked between.
 */
bool
transport_turn(struct transport *transport)
{
	int result = SSH_OK;

	for (int i = 0;
	     i < READS_AT_ONCE && result == SSH_OK && transport->over == NULL;
	     i++) {
		result = ssh_event_dopoll(transport->event, 0);
		transport->over = why_over(transport, result);
	}
	if (transport->over != NULL)
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
