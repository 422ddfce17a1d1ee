/* What a connection offers and takes, and what of libssh is switched off. */
#include "base/buf.h"
#include "gcm.h"
#include "serve/transport_state.h"

enum { REKEY_SECONDS = 3600 };

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

void
transport_tell_library(struct buf *text)
{
	buf_addf(text, "libssh %s, AES-GCM is %soffered%s", ssh_version(0),
	    GCM_CIPHERS[0] == '\0' ? "not " : "",
	    ssh_version(LIBSSH_VERSION_INT) == NULL ? ", older than the build's"
						    : "");
}

static bool
set_option(ssh_bind bind, enum ssh_bind_options_e option, const void *value)
{
	return ssh_bind_options_set(bind, option, value) == SSH_OK;
}

bool
transport_configure(struct transport *transport,
    struct transport_host_key **keys, size_t count)
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
