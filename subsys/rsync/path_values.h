/* Options of rsync whose values are paths. */
#ifndef FILESONLY_SUBSYS_RSYNC_PATH_VALUES_H
#define FILESONLY_SUBSYS_RSYNC_PATH_VALUES_H

#include "request/refusal.h"

struct making;

/*
 * Maps the value of each option that has a path onto the root, once the
 * destination is known: fills values and owned. Returns REFUSE_NOTHING, or the
 * refusal with verdict filled.
 */
enum refusal path_values_map(struct making *making) must_check;

#endif
