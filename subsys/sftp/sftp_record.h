/* The record's lines about SFTP requests (record/record.h). */
#ifndef FILESONLY_SUBSYS_SFTP_SFTP_RECORD_H
#define FILESONLY_SUBSYS_SFTP_SFTP_RECORD_H

#include "subsys/sftp/status.h"

struct fields;
struct handle;
struct request_row;
struct sftp;

/*
 * A file was opened to be written or made, or is closed: result says how,
 * digest (or NULL) is that of all that was written to it.
 */
void sftp_record_opened(struct sftp *sftp, const struct handle *handle);
void sftp_record_closed(struct sftp *sftp, const struct handle *handle,
    const unsigned char *digest, const char *result);

/* A file was copied by copy-file, or was not: result says how. */
void sftp_record_copied(struct sftp *sftp, const char *path,
    const char *to_path, const char *result);

/* What a request with an event did, or failed to do. */
void sftp_record_request(struct sftp *sftp, const struct request_row *row,
    const struct fields *fields, enum status status);

/* The policy refused it: a line for each that would have changed something. */
void sftp_record_refused(struct sftp *sftp, const struct request_row *row,
    const struct fields *fields);

#endif
