/* Refuses what is not a whole key: nothing is mended or guessed. Pure. */
#include "ctl/public_key.h"

#include <nettle/base64.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const types[] = { "ssh-ed25519", "ecdsa-sha2-nistp256",
	"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
	"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com" };

static const char block_begins[] = "---- BEGIN SSH2 PUBLIC KEY ----";
static const char block_ends[] = "---- END SSH2 PUBLIC KEY ----";

struct text_line {
	const char *text;
	size_t len; /* without the newline and a CR before it */
};

static bool
next_line(const char **text, struct text_line *line)
{
	const char *end = strchr(*text, '\n');

	if (**text == '\0')
		return false;
	line->text = *text;
	line->len = end == NULL ? strlen(*text) : (size_t)(end - *text);
	*text += line->len + (end != NULL);
	if (line->len > 0 && line->text[line->len - 1] == '\r')
		line->len--;
	return true;
}

static bool
line_is(const struct text_line *line, const char *text)
{
	return line->len == strlen(text) &&
	       memcmp(line->text, text, line->len) == 0;
}

/* One string of RFC 4251 off the blob. */
static bool
take_field(const uint8_t **at, size_t *left, const uint8_t **field, size_t *len)
{
	if (*left < 4)
		return false;
	*len = (size_t)(*at)[0] << 24 | (size_t)(*at)[1] << 16 |
	       (size_t)(*at)[2] << 8 | (*at)[3];
	if (*len > *left - 4)
		return false;
	*field = *at + 4;
	*at += 4 + *len;
	*left -= 4 + *len;
	return true;
}

/* The blob's first string is its type; others follow, to its very end. */
static bool
read_blob(const struct public_key *key, char type[64])
{
	uint8_t blob[sizeof(key->base64)];
	const uint8_t *at = blob, *field;
	size_t len = strlen(key->base64), left = sizeof(blob), count = 0;
	struct base64_decode_ctx decoder;

	base64_decode_init(&decoder);
	if (!base64_decode_update(&decoder, &left, blob, len, key->base64) ||
	    !base64_decode_final(&decoder) ||
	    !take_field(&at, &left, &field, &len) || len >= 64 ||
	    memchr(field, '\0', len) != NULL)
		return false;
	memcpy(type, field, len);
	type[len] = '\0';
	while (left > 0 && take_field(&at, &left, &field, &len))
		count++;
	return left == 0 && count > 0;
}

static enum key_found
judge_key(struct public_key *key, const char **why)
{
	char type[64];

	*why = "it is no public key, or not a whole one";
	if (!read_blob(key, type))
		return KEY_WRONG;
	*why = "it is another kind of key than it says";
	if (key->type[0] != '\0' && strcmp(key->type, type) != 0)
		return KEY_WRONG;
	memcpy(key->type, type, sizeof(type));
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strcmp(types[i], type) == 0)
			return KEY_FOUND;
	}
	*why = strstr(type, "-cert-v0") != NULL
		   ? "it is a certificate, not a key"
		   : "sshd takes no key of this kind";
	return KEY_WRONG;
}

/* Without what a terminal or the next reader might mind. */
static void
set_comment(struct public_key *key, const char *text, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len && used + 1 < sizeof(key->comment); i++) {
		if (text[i] >= ' ' && text[i] != 127)
			key->comment[used++] = text[i];
	}
	key->comment[used] = '\0';
}

static size_t
word_len(const struct text_line *line, size_t from)
{
	size_t at = from;

	while (
	    at < line->len && line->text[at] != ' ' && line->text[at] != '\t')
		at++;
	return at - from;
}

static size_t
skip_blanks(const struct text_line *line, size_t at)
{
	while (
	    at < line->len && (line->text[at] == ' ' || line->text[at] == '\t'))
		at++;
	return at;
}

static enum key_found
read_line(const struct text_line *line, struct public_key *key,
    const char **why)
{
	size_t at = skip_blanks(line, 0), len = word_len(line, at);

	*why = "it is no line of a public key (options in front of a key are "
	       "not taken over)";
	if (len >= sizeof(key->type))
		return KEY_WRONG;
	memcpy(key->type, line->text + at, len);
	at = skip_blanks(line, at + len);
	len = word_len(line, at);
	if (len == 0 || len >= sizeof(key->base64))
		return KEY_WRONG;
	memcpy(key->base64, line->text + at, len);
	at = skip_blanks(line, at + len);
	set_comment(key, line->text + at, line->len - at);
	return judge_key(key, why);
}

/* "Comment: TEXT" in quotes or without; other headers say nothing to us. */
static void
take_header(const char *header, size_t len, struct public_key *key)
{
	static const char name[] = "Comment:";
	size_t at = sizeof(name) - 1;

	if (len < at || strncasecmp(header, name, at) != 0)
		return;
	while (at < len && header[at] == ' ')
		at++;
	if (len - at >= 2 && header[at] == '"' && header[len - 1] == '"') {
		at++;
		len--;
	}
	set_comment(key, header + at, len - at);
}

/* A header goes on in the next line where it ends in a backslash. */
static void
read_header(const char **text, struct text_line line, struct public_key *key)
{
	char header[1024];
	size_t used = 0;

	for (;;) {
		bool more = line.len > 0 && line.text[line.len - 1] == '\\';
		size_t len = line.len - more;

		if (len > sizeof(header) - used)
			len = sizeof(header) - used;
		memcpy(header + used, line.text, len);
		used += len;
		if (!more || !next_line(text, &line))
			break;
	}
	take_header(header, used, key);
}

static enum key_found
read_block(const char **text, struct public_key *key, const char **why)
{
	struct text_line line;
	size_t used = 0;

	*why = "the block has no end";
	while (next_line(text, &line)) {
		if (line_is(&line, block_ends))
			return judge_key(key, why);
		if (used == 0 && memchr(line.text, ':', line.len) != NULL) {
			read_header(text, line, key);
			continue;
		}
		if (line.len >= sizeof(key->base64) - used)
			return KEY_WRONG;
		memcpy(key->base64 + used, line.text, line.len);
		used += line.len;
	}
	return KEY_WRONG;
}

enum key_found
public_key_next(const char **text, struct public_key *key, const char **why)
{
	struct text_line line;

	*key = (struct public_key){ .type = "" };
	while (next_line(text, &line)) {
		if (line_is(&line, block_begins))
			return read_block(text, key, why);
		*why = "it is a private key; the public one is in the .pub "
		       "file";
		if (memmem(line.text, line.len, "PRIVATE KEY", 11) != NULL ||
		    (line.len > 20 &&
			memcmp(line.text, "PuTTY-User-Key-File-", 20) == 0))
			return KEY_WRONG;
		if (skip_blanks(&line, 0) < line.len && line.text[0] != '#')
			return read_line(&line, key, why);
	}
	return KEY_NO_MORE;
}
