/* Words for the shell through which sshd runs a forced command, and values for
 * the options in front of a key. */
#ifndef FILESONLY_CTL_KEY_QUOTING_H
#define FILESONLY_CTL_KEY_QUOTING_H

#include "base/buf.h"

/* Appends one word of a shell's command line. */
void key_add_shell_word(struct buf *out, const char *word);

/* Appends NAME="VALUE": a quote inside gets a backslash, nothing else does. */
void key_add_option(struct buf *out, const char *name, const char *value);

#endif
