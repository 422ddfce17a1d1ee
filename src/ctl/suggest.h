/* What a misspelt word or a bad value was probably meant to be. */
#ifndef FILESONLY_CTL_SUGGEST_H
#define FILESONLY_CTL_SUGGEST_H

#include <stdbool.h>

#include "base/buf.h"

/* Each appends to out, or nothing where nothing is near. */

/* A key that does not exist: "did you mean umask?" */
void suggest_key(const char *name, struct buf *out);

/* A value that the key can't have: the nearest word, or what it takes. */
void suggest_value(const char *key, const char *value, struct buf *out);

/* A section's header, between the brackets. */
void suggest_section(const char *text, struct buf *out);

/* Returns true where the words differ by so few edits that one may be meant for
 * the other. Case, '-' and '_' don't count. */
bool suggest_is_near(const char *a, const char *b);

#endif
