/* From parsed arguments and the confined root to the argv of rsync. */
#ifndef FILESONLY_SUBSYS_RSYNC_MAPPING_H
#define FILESONLY_SUBSYS_RSYNC_MAPPING_H

#include "policy/policy.h"
#include "request/refusal.h"
#include "subsys/rsync/argv.h"

struct root;

/*
 * Expands wildcards inside the root, maps every path, makes sure that none
 * leads out, and builds argv. Returns REFUSE_NOTHING, or the refusal with
 * verdict filled.
 */
enum refusal mapping_make(const struct policy *policy, struct root *root,
    const struct rsync_args *args, struct argv *argv,
    struct verdict *verdict) must_check;

#endif
