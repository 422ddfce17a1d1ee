/* Expands ~ and braces in a path, as a shell does before it looks at files. */
#ifndef FILESONLY_SUBSYS_RSYNC_BRACES_H
#define FILESONLY_SUBSYS_RSYNC_BRACES_H

#include "request/words.h"
#include "subsys/rsync/lexical.h"

enum { BRACES_MAX_WORDS = 1024 }; /* that one word may become */

/*
 * Appends to *out what an unquoted leading ~ (the root; ~user is refused) and
 * unquoted {a,b} make of a word; each byte keeps its mark. Clients since
 * rsync 3.2.4 escape braces, older ones leave them to the shell. A brace
 * without its partner or without a comma is itself. Pure.
 *
 * Returns LEXICAL_OK, LEXICAL_USER or LEXICAL_TOO_LONG.
 */
enum lexical_answer braces_expand(const struct word *word,
    struct words *out) must_check;

#endif
