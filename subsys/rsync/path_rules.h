/*
 * What the text of a client's path says, before any file is looked at. Pure.
 */
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

/* lexical_map behind the root's own path, which is stripped. */
enum lexical_answer path_rules_map(const struct policy *policy, const char *own,
    const char *text, size_t len, char out[PATH_MAX]) must_check;

/*
 * Appends what the absent shell would make of a word: ~ and braces. With -s
 * there never was a shell, and the word is itself.
 */
enum lexical_answer path_rules_expand(const struct rsync_args *args,
    const struct word *word, struct words *out) must_check;

/* Fills verdict with REFUSE_PATH and the reason; returns REFUSE_PATH. */
enum refusal path_rules_refuse(struct verdict *verdict,
    enum lexical_answer answer, const char *text, size_t len);

/*
 * Judges every path of the arguments as far as its text goes. Returns
 * REFUSE_NOTHING, or REFUSE_PATH or REFUSE_SYNTAX with verdict filled.
 */
enum refusal path_rules_judge(const struct policy *policy,
    const struct rsync_args *args, struct verdict *verdict) must_check;

#endif
