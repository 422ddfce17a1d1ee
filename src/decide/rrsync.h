/*
 * Takes the place of rrsync, which rsync's own distribution has: called by
 * that name, the gate reads its command line and speaks its texts, on which
 * scripts match.
 */
#ifndef FILESONLY_DECIDE_RRSYNC_H
#define FILESONLY_DECIDE_RRSYNC_H

#include <stdbool.h>

#include "base/buf.h"
#include "decide/options.h"
#include "policy/policy.h"
#include "request/refusal.h"

/* The reason of a REFUSE_MISCONFIGURED whose directory can't be opened. */
extern const char rrsync_no_directory[];

/* Returns true where argv[0]'s last component is rrsync. */
bool rrsync_is_name(const char *argv0);

/*
 * Reads rrsync 3.5's command line: [-ro|-wo] [-munge] [-absolute] [-no-del]
 * [-no-lock] [-no-overwrite] [-help|-h] DIR, unique beginnings of an option
 * included, before or behind DIR. Returns 0 with policy filled, or -1 with a
 * sentence in error: exit status 1. options->restrictions.rrsync is argv[0] in
 * any case.
 */
int rrsync_parse(struct options *options, struct policy *policy, int argc,
    char *const *argv, struct buf *error) must_check;

/* Appends the usage text. */
void rrsync_help(struct buf *out);

/*
 * Appends "ARGV0 error: TEXT", without newline: in rrsync's words where it
 * has some for this refusal, else in ours.
 */
void rrsync_describe(const char *argv0, const struct verdict *verdict,
    struct buf *out);

/* Returns true for the command that rrsync answers with success: true. */
bool rrsync_is_probe(const char *command);

#endif
