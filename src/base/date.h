/* Dates as OpenSSH's expiry-time has them (sshd(8)). */
#ifndef FILESONLY_BASE_DATE_H
#define FILESONLY_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"

/*
 * "YYYYMMDD[HHMM[SS]][Z]": Z for UTC, else in the machine's time zone; a date
 * alone is the moment at which that day begins. Returns true with seconds
 * since 1970 in *when, above 0. Pure but for the zone.
 */
bool date_parse(const char *text, int64_t *when) must_check;

#endif
