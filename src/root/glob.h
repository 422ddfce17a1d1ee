/*
 * Wildcards * ? [ ] in a client's path, resolved inside the root only and
 * bounded. What no file matches stays as it was written.
 */
#ifndef FILESONLY_ROOT_GLOB_H
#define FILESONLY_ROOT_GLOB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/names.h"
#include "request/words.h"

struct root;

/*
 * Returns true where name matches the pattern, one path component of len
 * bytes: *, ?, [a-z], [!a-z], [[:digit:]]; a byte marked quoted is itself.
 * dots: a leading dot need not be written. Pure.
 */
bool glob_match(const struct word *pattern, size_t from, size_t to,
    const char *name, bool dots) must_check;

/* Returns true where from..to of the word holds an unquoted * ? or [. */
bool glob_is_pattern(const struct word *word, size_t from, size_t to);

/*
 * Appends to *out the names that match the word, sorted, spelled as the word
 * is but for its leading slashes; nothing where none does or where it is no
 * pattern. Names that are hidden match nothing, nor do our private ones.
 * secluded: rsync's own rules for words that came by -s, which it has
 * unescaped: a leading dot need not be written, and wildcards that are all
 * escaped (br\[1\].txt) name the one file that is so called, where it is
 * there. Returns false where there are more than fit.
 */
bool glob_expand(struct root *root, const struct word *word, bool secluded,
    struct names *out) must_check;

#endif
