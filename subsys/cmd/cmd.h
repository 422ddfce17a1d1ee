/*
 * The cmd subsystem: the few commands that people type first at an account
 * without a shell, and that clients try before a transfer. They reach files
 * through the root alone and have no shell around them.
 */
#ifndef FILESONLY_SUBSYS_CMD_CMD_H
#define FILESONLY_SUBSYS_CMD_CMD_H

#include <stdbool.h>

#include "request/refusal.h"
#include "request/request.h"
#include "subsys/job.h"
#include "subsys/terms.h"

/* Claims a command whose first word is one of the table, or a path to it. */
bool cmd_claims(const struct request *request);

/* See subsys/subsys.h. */
enum refusal cmd_parse(const struct terms *terms, const struct request *request,
    void **parsed, struct verdict *verdict);
void cmd_parsed_free(void *parsed);
int cmd_run(struct job *job, const void *parsed, struct verdict *verdict);

#endif
