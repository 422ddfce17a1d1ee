/*
 * The table of requests printed for a person, and the lists of names that
 * OpenSSH's sftp-server takes (-p, -P) and prints (-Q).
 */
#ifndef FILESONLY_SUBSYS_SFTP_REQUESTS_H
#define FILESONLY_SUBSYS_SFTP_REQUESTS_H

#include <stdint.h>

#include "base/buf.h"

/*
 * Which rows of the table are closed, a bit each: those that are not in the
 * comma list only (NULL: all are), and those in the list denied (NULL: none).
 * Names are OpenSSH's, without "@openssh.com"; one that nobody knows closes
 * nothing. Where a request is denied, so is each of ours that does the same.
 */
uint64_t requests_closed(const char *only, const char *denied);

/* Appends a line a request: --help=sftp. */
void requests_print(struct buf *out);

/* Appends the names alone, as `sftp-server -Q requests` does. */
void requests_names(struct buf *out);

#endif
