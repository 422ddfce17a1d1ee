/*
 * Lines of an OpenSSH authorized_keys file (sshd(8), "AUTHORIZED_KEYS FILE
 * FORMAT"), as far as this server can honour them. A line with anything that
 * it can't is not a key, and says why. Pure but for the clock's zone.
 */
#ifndef FILESONLY_SERVE_AUTHORIZED_KEYS_H
#define FILESONLY_SERVE_AUTHORIZED_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "serve/address.h"

enum {
	KEY_BLOB_MAX = 4096,  /* an RSA key of 16384 bits has 2072 bytes */
	KEY_LINE_MAX = 65536, /* bytes of a line */
	KEY_FILE_MAX = 4 << 20,
	KEY_FINGERPRINT = 64, /* "SHA256:..." and its NUL */
};

struct authorized_key {
	unsigned char blob[KEY_BLOB_MAX]; /* the public key, as on the wire */
	size_t blob_len;
	char type[64];
	char *from;       /* owned; NULL: from anywhere */
	char *command;    /* owned; NULL: what the server serves */
	int64_t expires;  /* seconds since 1970; 0: never */
	bool needs_touch; /* of a security key: can't be known here */
};

enum key_line {
	KEY_LINE_KEY,
	KEY_LINE_BLANK, /* nothing, or a remark */
	KEY_LINE_BAD,   /* *why says what this server can't honour */
};

/*
 * Reads one line without its newline. *why is a constant. In every case
 * authorized_key_free ends *key.
 */
enum key_line authorized_key_parse(struct authorized_key *key, const char *line,
    size_t len, const char **why) must_check;
void authorized_key_free(struct authorized_key *key);

/* The public key alone: "TYPE BASE64", at most len bytes of text. */
bool authorized_key_decode(struct authorized_key *key, const char *text,
    size_t len) must_check;

/* The base64 text of a public key alone: fills blob. False: it is none. */
bool authorized_key_decode_blob(struct authorized_key *key, const char *text,
    size_t len) must_check;

/* May it be used from there now? *why is a constant where not. */
bool authorized_key_holds(const struct authorized_key *key,
    const struct address *address, int64_t now, const char **why) must_check;

/* "SHA256:..." of a public key, as ssh-keygen -l prints it. */
void key_fingerprint(const unsigned char *blob, size_t len,
    char text[KEY_FINGERPRINT]);

/*
 * Is it a key that this server takes: ed25519, ecdsa, rsa of 3072 bits at
 * least, a security key? No certificate. *why is a constant where not.
 */
bool key_is_taken(const unsigned char *blob, size_t len,
    const char **why) must_check;

#endif
