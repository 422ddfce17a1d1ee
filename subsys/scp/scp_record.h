/* The record's lines about scp's files (record/record.h). */
#ifndef FILESONLY_SUBSYS_SCP_SCP_RECORD_H
#define FILESONLY_SUBSYS_SCP_SCP_RECORD_H

#include <stdint.h>
#include <sys/types.h>

struct job;
struct place;

/* A file was opened to be written, or could not be: error, or 0. */
void scp_record_opened(const struct job *job, const struct place *place,
    int error);

/*
 * Records that the file was closed: the bytes that were written, the digest of
 * all of them (or NULL) and a word for the result. Likewise for a sent file.
 */
void scp_record_received(const struct job *job, const struct place *place,
    uint64_t written, const unsigned char *digest, const char *result);
void scp_record_sent(const struct job *job, const struct place *place,
    uint64_t read, const char *result);

/* A directory was made; mode or times of what is there were set. */
void scp_record_made(const struct job *job, const struct place *place,
    mode_t mode, int error);
void scp_record_set(const struct job *job, const struct place *place,
    const mode_t *mode, const struct timespec *mtime, int error);

#endif
