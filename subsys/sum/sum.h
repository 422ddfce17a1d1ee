/* The sum subsystem: md5sum ... sha512sum, as clients and scripts call them. */
#ifndef FILESONLY_SUBSYS_SUM_SUM_H
#define FILESONLY_SUBSYS_SUM_SUM_H

#include <stdbool.h>

#include "request/refusal.h"
#include "request/request.h"
#include "subsys/job.h"
#include "subsys/terms.h"

/* Claims a command whose first word is one of the table, or a path to it. */
bool sum_claims(const struct request *request);

/* See subsys/subsys.h. */
enum refusal sum_parse(const struct terms *terms, const struct request *request,
    void **parsed, struct verdict *verdict);
void sum_parsed_free(void *parsed);
int sum_run(struct job *job, const void *parsed, struct verdict *verdict);

#endif
