/*
 * Words that name files, as the shell that is missing would have given them to
 * the command: "~" is where the session starts, wildcards are the names that
 * they match in the root. Nothing else is expanded.
 */
#ifndef FILESONLY_SUBSYS_PATHS_H
#define FILESONLY_SUBSYS_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/names.h"
#include "request/refusal.h"
#include "request/words.h"
#include "root/relpath.h"

struct job;

/*
 * Returns REFUSE_NOTHING, or REFUSE_PATH with verdict filled for a word that
 * names another account's home ("~anna/x"). Pure.
 */
enum refusal paths_check(const struct word *word,
    struct verdict *verdict) must_check;

/*
 * Appends to *names what the word names: one or more paths, spelled as the
 * client would have spelled them; the word itself where nothing matches, or
 * where the account may not list. Returns false where there are more than fit.
 * Within the walls.
 */
bool paths_expand(const struct job *job, const struct word *word,
    struct names *names) must_check;

/*
 * A path of a client as the root takes it: a relative one begins where the
 * session starts. Returns 0, or -1 with errno: ENOENT for an empty one and for
 * our private names (root/private_names.h), else as relpath_parse.
 */
int paths_parse(const struct job *job, const char *text,
    struct relpath *path) must_check;

#endif
