/*
 * Trusts nothing of a line but that its file is the administrator's. What is
 * not wholly understood is not a key: an option that was passed over could
 * have been the one that narrows it.
 */
#include "serve/authorized_keys.h"

#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/date.h"
#include "base/xalloc.h"

enum { RSA_BITS_MIN = 3072 };

/* What an option in front of a key means here. */
enum option_kind {
	OPTION_HARMLESS, /* nothing of it exists here to allow or forbid */
	OPTION_HARMLESS_VALUE,
	OPTION_FROM,
	OPTION_EXPIRY,
	OPTION_COMMAND,
	OPTION_NO_TOUCH,
	OPTION_REFUSED, /* holds back what this server can't */
	OPTION_REFUSED_VALUE,
};

struct key_option {
	const char *name;
	enum option_kind kind;
	const char *why;
};

// clang-format off
static const struct key_option key_options[] = {
	{ "restrict",            OPTION_HARMLESS,       NULL },
	{ "no-pty",              OPTION_HARMLESS,       NULL },
	{ "pty",                 OPTION_HARMLESS,       NULL },
	{ "no-port-forwarding",  OPTION_HARMLESS,       NULL },
	{ "port-forwarding",     OPTION_HARMLESS,       NULL },
	{ "no-agent-forwarding", OPTION_HARMLESS,       NULL },
	{ "agent-forwarding",    OPTION_HARMLESS,       NULL },
	{ "no-x11-forwarding",   OPTION_HARMLESS,       NULL },
	{ "x11-forwarding",      OPTION_HARMLESS,       NULL },
	{ "no-user-rc",          OPTION_HARMLESS,       NULL },
	{ "user-rc",             OPTION_HARMLESS,       NULL },
	{ "permitopen",          OPTION_HARMLESS_VALUE, NULL },
	{ "permitlisten",        OPTION_HARMLESS_VALUE, NULL },
	{ "from",                OPTION_FROM,           NULL },
	{ "expiry-time",         OPTION_EXPIRY,         NULL },
	{ "command",             OPTION_COMMAND,        NULL },
	{ "no-touch-required",   OPTION_NO_TOUCH,       NULL },
	{ "verify-required",     OPTION_REFUSED,
	    "verify-required: this server can't tell whether the user was "
	    "verified" },
	{ "cert-authority",      OPTION_REFUSED,
	    "cert-authority: this server takes no certificates" },
	{ "principals",          OPTION_REFUSED_VALUE,
	    "principals: this server takes no certificates" },
	{ "tunnel",              OPTION_REFUSED_VALUE,
	    "tunnel: this server has no tunnels" },
	{ "environment",         OPTION_REFUSED_VALUE,
	    "environment: this server sets no variables" },
	{ NULL, OPTION_REFUSED, NULL },
};

/* The types of keys that are taken; a security key's names its presence. */
static const struct {
	const char *name;
	bool is_security_key;
} key_types[] = {
	{ "ssh-ed25519",                        false },
	{ "ecdsa-sha2-nistp256",                false },
	{ "ecdsa-sha2-nistp384",                false },
	{ "ecdsa-sha2-nistp521",                false },
	{ "ssh-rsa",                            false },
	{ "sk-ssh-ed25519@openssh.com",         true },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", true },
	{ NULL, false },
};
// clang-format on

static bool
is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* The row of a type's name, or -1. */
static int
key_type(const char *name, size_t len)
{
	for (int i = 0; key_types[i].name != NULL; i++) {
		if (strlen(key_types[i].name) == len &&
		    memcmp(key_types[i].name, name, len) == 0)
			return i;
	}
	return -1;
}

/* The next "string" of RFC 4251; false where there is none. */
static bool
take_string(const unsigned char **at, size_t *left, const unsigned char **value,
    size_t *len)
{
	size_t size;

	if (*left < 4)
		return false;
	size = (size_t)(*at)[0] << 24 | (size_t)(*at)[1] << 16 |
	       (size_t)(*at)[2] << 8 | (*at)[3];
	if (size > *left - 4)
		return false;
	*value = *at + 4;
	*len = size;
	*at += 4 + size;
	*left -= 4 + size;
	return true;
}

/* The bits of an RSA key's modulus: "ssh-rsa", e, n. */
static size_t
rsa_bits(const unsigned char *at, size_t left)
{
	const unsigned char *value;
	size_t len, bits;

	if (!take_string(&at, &left, &value, &len) ||
	    !take_string(&at, &left, &value, &len))
		return 0;
	while (len > 0 && *value == 0) {
		value++;
		len--;
	}
	if (len == 0)
		return 0;
	bits = len * 8;
	for (unsigned char top = *value; (top & 0x80) == 0; top <<= 1)
		bits--;
	return bits;
}

bool
key_is_taken(const unsigned char *blob, size_t len, const char **why)
{
	const unsigned char *at = blob, *name;
	size_t left = len, name_len;
	int type;

	*why = "not a type of key that this server takes";
	if (!take_string(&at, &left, &name, &name_len))
		return false;
	type = key_type((const char *)name, name_len);
	if (type < 0)
		return false;
	if (strcmp(key_types[type].name, "ssh-rsa") == 0 &&
	    rsa_bits(at, left) < RSA_BITS_MIN) {
		*why = "an RSA key of fewer than 3072 bits";
		return false;
	}
	return true;
}

bool
authorized_key_decode_blob(struct authorized_key *key, const char *text,
    size_t len)
{
	struct base64_decode_ctx decoder;
	size_t got = sizeof(key->blob);

	if (BASE64_DECODE_LENGTH(len) > sizeof(key->blob))
		return false;
	base64_decode_init(&decoder);
	if (!base64_decode_update(&decoder, &got, key->blob, len, text) ||
	    !base64_decode_final(&decoder))
		return false;
	key->blob_len = got;
	return true;
}

bool
authorized_key_decode(struct authorized_key *key, const char *text, size_t len)
{
	const unsigned char *at = key->blob, *name;
	size_t type_len = 0, left, name_len, start, end;

	while (type_len < len && !is_blank(text[type_len]))
		type_len++;
	for (start = type_len; start < len && is_blank(text[start]);)
		start++;
	for (end = start; end < len && !is_blank(text[end]);)
		end++;
	if (type_len >= sizeof(key->type) || start == end ||
	    !authorized_key_decode_blob(key, text + start, end - start))
		return false;
	left = key->blob_len;
	/* The type in the text must be the type inside the key. */
	if (!take_string(&at, &left, &name, &name_len) ||
	    name_len != type_len || memcmp(name, text, type_len) != 0)
		return false;
	memcpy(key->type, text, type_len);
	key->type[type_len] = '\0';
	return true;
}

/*
 * A quoted value: \" is a quote, all else stands for itself. Returns the
 * length with both quotes, or 0 where it is none.
 */
static size_t
quoted_value(const char *text, size_t len, char **value)
{
	char *out;
	size_t at = 1, used = 0;

	if (len < 2 || text[0] != '"')
		return 0;
	out = xcalloc(1, len);
	while (at < len && text[at] != '"') {
		if (text[at] == '\\' && at + 1 < len && text[at + 1] == '"')
			at++;
		out[used++] = text[at++];
	}
	if (at == len) {
		free(out);
		return 0;
	}
	out[used] = '\0';
	*value = out;
	return at + 1;
}

static bool
has_value(enum option_kind kind)
{
	return kind == OPTION_HARMLESS_VALUE || kind == OPTION_FROM ||
	       kind == OPTION_EXPIRY || kind == OPTION_COMMAND ||
	       kind == OPTION_REFUSED_VALUE;
}

/* Keeps a value that may be given once. */
static bool
keep_once(char **place, char *value)
{
	if (*place != NULL) {
		free(value);
		return false;
	}
	*place = value;
	return true;
}

/* Applies one option; takes over value. */
static bool
apply_option(struct authorized_key *key, const struct key_option *row,
    char *value, const char **why)
{
	bool taken = true;

	switch (row->kind) {
	case OPTION_HARMLESS:
	case OPTION_HARMLESS_VALUE:
		free(value);
		return true;
	case OPTION_FROM:
		*why = "from= has an entry that is none, or a block with "
		       "bits behind its mask";
		if (value == NULL || !address_is_list(value)) {
			free(value);
			return false;
		}
		*why = "from= is given twice";
		return keep_once(&key->from, value);
	case OPTION_COMMAND:
		*why = "command= is given twice";
		return keep_once(&key->command, value);
	case OPTION_EXPIRY:
		*why = "expiry-time= is no date, or given twice";
		taken = key->expires == 0 && value != NULL &&
			date_parse(value, &key->expires);
		free(value);
		return taken;
	case OPTION_NO_TOUCH:
		key->needs_touch = false;
		return true;
	case OPTION_REFUSED:
	case OPTION_REFUSED_VALUE:
		free(value);
		*why = row->why;
		return false;
	}
	return false;
}

static const struct key_option *
find_option(const char *name, size_t len)
{
	for (const struct key_option *row = key_options; row->name != NULL;
	     row++) {
		if (strlen(row->name) == len &&
		    strncasecmp(row->name, name, len) == 0)
			return row;
	}
	return NULL;
}

/* Reads the options in front of a key. Returns their length, or 0. */
static size_t
parse_options(struct authorized_key *key, const char *line, size_t len,
    const char **why)
{
	size_t at = 0;

	for (;;) {
		const struct key_option *row;
		char *value = NULL;
		size_t name = at;

		while (at < len && line[at] != '=' && line[at] != ',' &&
		       !is_blank(line[at]))
			at++;
		row = find_option(line + name, at - name);
		*why = "an option that this server doesn't know";
		if (row == NULL ||
		    has_value(row->kind) != (at < len && line[at] == '='))
			return 0;
		if (has_value(row->kind)) {
			size_t used =
			    quoted_value(line + at + 1, len - at - 1, &value);

			*why = "an option's value without its quotes";
			if (used == 0)
				return 0;
			at += 1 + used;
		}
		if (!apply_option(key, row, value, why))
			return 0;
		*why = "an option that is not followed by a blank";
		if (at >= len)
			return 0;
		if (is_blank(line[at]))
			return at;
		if (line[at++] != ',')
			return 0;
	}
}

/* Does the line begin with a type, and no options? */
static bool
begins_with_type(const char *line, size_t len)
{
	size_t word = 0;

	while (word < len && !is_blank(line[word]))
		word++;
	return key_type(line, word) >= 0;
}

enum key_line
authorized_key_parse(struct authorized_key *key, const char *line, size_t len,
    const char **why)
{
	size_t options = 0;

	*key = (struct authorized_key){ .needs_touch = true };
	*why = NULL;
	while (len > 0 && is_blank(*line)) {
		line++;
		len--;
	}
	while (len > 0 && (is_blank(line[len - 1]) || line[len - 1] == '\r'))
		len--;
	if (len == 0 || *line == '#')
		return KEY_LINE_BLANK;
	*why = "a line that is too long, or has a NUL";
	if (len > KEY_LINE_MAX || memchr(line, '\0', len) != NULL)
		return KEY_LINE_BAD;
	if (!begins_with_type(line, len)) {
		options = parse_options(key, line, len, why);
		if (options == 0)
			return KEY_LINE_BAD;
		while (options < len && is_blank(line[options]))
			options++;
	}
	*why = "no key that can be read";
	if (!authorized_key_decode(key, line + options, len - options) ||
	    !key_is_taken(key->blob, key->blob_len, why))
		return KEY_LINE_BAD;
	if (!key_types[key_type(key->type, strlen(key->type))].is_security_key)
		key->needs_touch = false;
	*why = "a security key without no-touch-required: this server can't "
	       "tell whether the key was touched";
	return key->needs_touch ? KEY_LINE_BAD : KEY_LINE_KEY;
}

void
authorized_key_free(struct authorized_key *key)
{
	free(key->from);
	free(key->command);
	*key = (struct authorized_key){ .blob_len = 0 };
}

bool
authorized_key_holds(const struct authorized_key *key,
    const struct address *address, int64_t now, const char **why)
{
	*why = "from= does not name the client's address";
	if (key->from != NULL && !address_in_list(address, key->from))
		return false;
	*why = "expiry-time= is over";
	return key->expires == 0 || now < key->expires;
}

void
key_fingerprint(const unsigned char *blob, size_t len,
    char text[KEY_FINGERPRINT])
{
	static const char head[] = "SHA256:";
	unsigned char digest[HASH_BYTES_MAX];
	struct hash hash;
	size_t used;

	hash_start(&hash, hash_find("sha256", 6));
	hash_add(&hash, blob, len);
	hash_end(&hash, digest);
	memcpy(text, head, sizeof(head) - 1);
	base64_encode_raw(text + sizeof(head) - 1, 32, digest);
	used = sizeof(head) - 1 + BASE64_ENCODE_RAW_LENGTH(32);
	while (text[used - 1] == '=')
		used--;
	text[used] = '\0';
}
