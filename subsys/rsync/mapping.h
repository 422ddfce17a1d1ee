/* From parsed arguments and the confined root to the argv of rsync. */
#ifndef FILESONLY_SUBSYS_RSYNC_MAPPING_H
#define FILESONLY_SUBSYS_RSYNC_MAPPING_H

#include "request/refusal.h"
#include "subsys/job.h"
#include "subsys/rsync/argv.h"

/*
 * Expands wildcards inside the job's root, maps every path, makes sure that
 * none leads out, and builds argv. Returns REFUSE_NOTHING, or the refusal with
 * verdict filled.
 */
enum refusal mapping_make(const struct job *job, const struct rsync_args *args,
    struct argv *argv, struct verdict *verdict) must_check;

#endif
