/* Judges a client's paths by their text, before any file is looked at. Pure. */
#ifndef FILESONLY_SUBSYS_RSYNC_PATH_RULES_H
#define FILESONLY_SUBSYS_RSYNC_PATH_RULES_H

#include "policy/policy.h"
#include "request/refusal.h"
#include "subsys/rsync/args.h"
#include "subsys/rsync/lexical.h"

/*
 * The root's own path as clients may write it in front of theirs (policy
 * "absolute"), or NULL. own may be NULL: then as it was configured.
 */
const char *path_rules_own_path(const struct policy *policy, const char *own);

/*
 * Returns text (*len bytes) as a path from the root: a relative one begins at
 * start-dir, and room gets the two. Returns NULL where they do not fit.
 */
const char *path_rules_from_start(const struct policy *policy, const char *text,
    size_t *len, char room[2 * PATH_MAX]) must_check;

/* lexical_map behind the root's own path, which is stripped. */
enum lexical_answer path_rules_map(const struct policy *policy, const char *own,
    const char *text, size_t len, char out[PATH_MAX]) must_check;

/*
 * Is the destination, after path_rules_read, one of the policy's free
 * directories, or below one, as its text goes? That says only which options may
 * be served; whether an object lies there, the kernel is asked for each.
 */
bool path_rules_are_free(const struct policy *policy,
    const struct rsync_args *args) must_check;

/* Fills verdict with REFUSE_PATH and the reason; returns REFUSE_PATH. */
enum refusal path_rules_refuse(struct verdict *verdict,
    enum lexical_answer answer, const char *text, size_t len);

/*
 * Fills args->expanded with what the absent shell would make of the paths (~
 * and braces; with -s there never was a shell, and a path is itself), and
 * judges every path of the arguments as far as its text goes. Returns
 * REFUSE_NOTHING, or REFUSE_PATH or REFUSE_SYNTAX with verdict filled.
 */
enum refusal path_rules_read(const struct policy *policy,
    struct rsync_args *args, struct verdict *verdict) must_check;

#endif
