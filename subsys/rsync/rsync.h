/* The rsync subsystem's face to the gate (subsys/subsys.h). */
#ifndef FILESONLY_SUBSYS_RSYNC_RSYNC_H
#define FILESONLY_SUBSYS_RSYNC_RSYNC_H

#include "subsys/subsys.h"

/* Claims a command whose first word is rsync or an absolute path to one. */
bool rsync_claims(const struct request *request);

/* Reads secluded arguments (-s) from in and appends them to the words. */
enum refusal rsync_complete(struct request *request, int in);

/* Reads every word by the option table into a struct rsync_args and judges it
 * under the terms. Pure. */
enum refusal rsync_parse(const struct terms *terms,
    const struct request *request, void **parsed, struct verdict *verdict);
void rsync_parsed_free(void *parsed);

/* Runs the configured rsync, its argv rebuilt, inside the jail. */
int rsync_run(struct job *job, const void *parsed, struct verdict *verdict);

/* The program and its argv, as rsync_run would execute them. */
enum refusal rsync_argv(const struct job *job, const void *parsed,
    struct names *words, struct verdict *verdict);

#endif
