/* What a client is told of an errno: code and words. */
#ifndef FILESONLY_SUBSYS_SFTP_STATUS_H
#define FILESONLY_SUBSYS_SFTP_STATUS_H

#include "base/buf.h"
#include "subsys/sftp/proto.h"

/*
 * OpenSSH's mapping: clients act on the codes. mkdir -p wants 2 for a missing
 * parent, and 4 for a directory that is there.
 */
enum status status_of(int error);

/* "Failure: disk full: ..."; the plain words where error is 0. */
void status_text(enum status status, int error, struct buf *text);

/* One constant word for the record: "ok", "denied", ... */
const char *status_word(enum status status);

#endif
