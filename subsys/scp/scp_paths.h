/* Words of the command line, as names in the root. */
#ifndef FILESONLY_SUBSYS_SCP_SCP_PATHS_H
#define FILESONLY_SUBSYS_SCP_SCP_PATHS_H

#include <stdbool.h>

#include "base/names.h"

struct job;
struct scp_args;

/*
 * Appends to *names (which names_free ends) the paths, as the client would
 * name them, that words and their wildcards mean: where a wildcard matches
 * nothing, the word itself. Several words that all name nothing are the one
 * name that they are with their blanks, if that is there. Returns false where
 * there are more than fit.
 */
bool paths_of_source(const struct job *job, const struct scp_args *args,
    struct names *names) must_check;

/*
 * The same for the sink, which writes to one: several words are one name.
 * names->count is more than 1 where a wildcard or a brace means several.
 */
bool paths_of_sink(const struct job *job, const struct scp_args *args,
    struct names *names) must_check;

#endif
