/* Words for the shell through which sshd runs a forced command, and values for
 * the options in front of a key. */
#ifndef FILESONLY_CTL_KEY_QUOTING_H
#define FILESONLY_CTL_KEY_QUOTING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Appends one word of a shell's command line. */
void key_add_shell_word(struct buf *out, const char *word);

/* Appends NAME="VALUE": a quote inside gets a backslash, nothing else does. */
void key_add_option(struct buf *out, const char *name, const char *value);

/* Does a line begin with a kind of key, so that it has no options? */
bool key_is_bare(const char *line);

/*
 * The length of the option at the text's beginning: up to a comma, a blank or
 * the line's end outside quotes.
 */
size_t key_option_len(const char *text);

/* Writes a value without its quoting, as far as size - 1 bytes hold it. */
void key_option_unquote(char *out, size_t size, const char *text, size_t len);

#endif
