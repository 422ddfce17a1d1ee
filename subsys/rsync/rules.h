/* Which options and directions the terms allow. Pure. */
#ifndef FILESONLY_SUBSYS_RSYNC_RULES_H
#define FILESONLY_SUBSYS_RSYNC_RULES_H

#include <stdbool.h>

#include "base/buf.h"
#include "policy/policy.h"
#include "policy/restrictions.h"
#include "request/refusal.h"
#include "subsys/rsync/args.h"
#include "subsys/terms.h"

/* Returns the table's rules (enum rsync_rule) that hold under these terms. */
unsigned rsync_rules(const struct terms *terms);

/* Returns true where the item is left out under args->rules. */
bool rsync_rules_drop(const struct rsync_args *args,
    const struct rsync_item *item);

/* Returns true where a receiver makes no devices, pipes and sockets: called as
 * rrsync, whose newest release forces --drop-D but on "/". */
bool rsync_rules_no_nodes(const struct policy *policy,
    const struct restrictions *restrictions);

/*
 * Judges direction, options and values by args->rules. Returns REFUSE_NOTHING,
 * or the refusal with verdict filled, which names the option and the reason.
 */
enum refusal rsync_rules_judge(const struct rsync_args *args,
    struct verdict *verdict) must_check;

/*
 * Writes into *out, in chmod's words, how a receiver changes the modes that it
 * is sent (nothing where it doesn't). in_group: new directories have the setgid
 * bit of the one above, and keep it. Returns true where it sets modes although
 * the client sends none. With --fake-super nothing is changed: the modes are
 * kept in an attribute, as the source has them.
 */
bool rsync_rules_modes(const struct policy *policy,
    const struct rsync_args *args, bool in_group, struct buf *out) must_check;

#endif
