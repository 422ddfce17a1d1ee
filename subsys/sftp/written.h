/*
 * The digest of a file as a client writes it: it is had only where one handle
 * has written all of the file, from its first byte to its last, each once and
 * in this order. Of all else there is none, rather than a wrong one.
 *
 * What another session does to a file that is written in place is not seen;
 * what is written aside (uploads.h) has no name for others.
 */
#ifndef FILESONLY_SUBSYS_SFTP_WRITTEN_H
#define FILESONLY_SUBSYS_SFTP_WRITTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/hash.h"

struct handle;
struct sftp;
struct written;

/*
 * A handle was opened to write: what it writes is noted down if that is asked
 * for (audit-hash; verify, for a name that is a digest), and the file's other
 * handles have none any more.
 */
void written_begin(struct sftp *sftp, struct handle *handle);

/* Bytes were written there. */
void written_add(struct handle *handle, off_t offset, const void *bytes,
    size_t len);

/* Drops the digest of this handle, or of all handles of the file. */
void written_spoil(struct handle *handle);
void written_spoil_file(struct sftp *sftp, int fd);

/*
 * The handle is about to be closed: returns true with the digest, where it has
 * one. To be asked once.
 */
bool written_end(struct handle *handle,
    unsigned char digest[HASH_SHA256_BYTES]) must_check;

#endif
