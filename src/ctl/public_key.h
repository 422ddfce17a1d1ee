/* Public keys in the two forms in which people have them. */
#ifndef FILESONLY_CTL_PUBLIC_KEY_H
#define FILESONLY_CTL_PUBLIC_KEY_H

#include <stddef.h>

#include "base/auto.h"

enum { PUBLIC_KEY_TEXT_MAX = 64 * 1024 }; /* of all that is read */

struct public_key {
	char type[64];
	char base64[8192];
	char comment[512]; /* printable; "" where there is none */
};

enum key_found {
	KEY_FOUND,
	KEY_NO_MORE,
	KEY_WRONG, /* *why is a constant that says what is wrong */
};

/*
 * Takes the next key off a text (a C string, which *text walks along):
 * OpenSSH's line "TYPE BASE64 [COMMENT]", or an RFC 4716 block. Blank lines and
 * those that begin with # are passed over. What the text calls a key is held
 * against what the key calls itself.
 */
enum key_found public_key_next(const char **text, struct public_key *key,
    const char **why) must_check;

#endif
