/* Where this machine keeps the record. */
#ifndef FILESONLY_CTL_SYSTEM_LOG_H
#define FILESONLY_CTL_SYSTEM_LOG_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/auto.h"

/*
 * The journal's program, where the machine has a journal (*is_journal), else
 * the first file in which syslog servers keep authpriv. A constant, or NULL.
 */
const char *system_log_find(bool *is_journal);

/*
 * Starts the journal's program: the gate's entries, as an export, behind a
 * cursor ("": all), with follows also those to come. Returns its output, or -1
 * with errno; *pid is to be waited for.
 */
int system_log_journal(bool follows, const char *cursor, pid_t *pid) must_check;

#endif
