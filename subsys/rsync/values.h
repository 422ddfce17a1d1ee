/* Whether the text behind an option is what a client would send. Pure. */
#ifndef FILESONLY_SUBSYS_RSYNC_VALUES_H
#define FILESONLY_SUBSYS_RSYNC_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "subsys/rsync/option_table.h"

/*
 * Returns true where text (len bytes and a NUL) is a value of this kind.
 * Paths are only looked at for emptiness and length here: paths.h maps them.
 */
bool rsync_value_ok(enum rsync_value kind, const char *text, size_t len);

/* What such a value has to be: a constant, for the customer. */
const char *rsync_value_wanted(enum rsync_value kind);

#endif
