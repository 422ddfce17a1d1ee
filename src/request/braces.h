/* ~ and braces in a path, as a shell reads them before it looks at files. */
#ifndef FILESONLY_REQUEST_BRACES_H
#define FILESONLY_REQUEST_BRACES_H

#include "request/words.h"

enum { BRACES_MAX_WORDS = 1024 }; /* that one word may become */

/*
 * Appends to *out what unquoted {a,b} make of a word; each byte keeps its
 * mark. Clients since rsync 3.2.4 escape braces, older ones and scp leave them
 * to the shell. A brace without its partner or without a comma is itself.
 * Pure. Returns REFUSE_NOTHING or REFUSE_TOO_LONG.
 */
enum refusal braces_expand(const struct word *word,
    struct words *out) must_check;

/* What an unquoted "~" in front of a path stands for. */
enum tilde {
	TILDE_NONE,
	TILDE_HOME,  /* "~" or "~/...": where a session starts */
	TILDE_OTHER, /* "~user": another account's home, which is refused */
};

enum tilde tilde_of(const struct word *word);

#endif
