/*
 * What a receiving rsync's options say of a file that arrives: is it told where
 * its checksum is not the client's, and has it a name before that is known? By
 * itself rsync tells nothing of a first failure where its client is quiet.
 * Pure.
 */
#ifndef FILESONLY_SUBSYS_RSYNC_VERIFICATION_H
#define FILESONLY_SUBSYS_RSYNC_VERIFICATION_H

#include <stdbool.h>

#include "base/auto.h"

struct rsync_args;

/* It receives, and only what is whole gets its name, in one step, at once. */
bool verification_names_whole_files(const struct rsync_args *args) must_check;

/*
 * What becomes of a file whose checksum is not the client's, as a result of the
 * record: "discarded", "retained" (it has the name), "set-aside" (it is kept
 * under another one).
 */
const char *verification_result(const struct rsync_args *args) must_check;

/* The client's options alone make rsync tell each failure. */
bool verification_is_told(const struct rsync_args *args) must_check;

/*
 * rsync must be made to tell them, by the format of its output (--log-format,
 * which its client does not show). It tells a destination that it makes then,
 * too, which a quiet client does not expect: so not where there is none yet,
 * unless a file that failed could have its name all the same.
 */
bool verification_must_be_told(const struct rsync_args *args,
    bool has_directory) must_check;

#endif
