/*
 * The digests of one check-file request: of the whole, or of each block, as
 * bytes are added. Knows the two shapes of the reply and no files.
 */
#ifndef FILESONLY_SUBSYS_SFTP_DIGEST_H
#define FILESONLY_SUBSYS_SFTP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/hash.h"

struct out;
struct slice;

enum {
	BLOCK_MIN = 256,      /* as the draft has it */
	SUMS_MAX = 255 << 10, /* bytes of digests that a reply holds */
	DIGEST_NAME_MAX = 16, /* of an algorithm, as the client wrote it */
};

struct digest {
	struct hash hash;
	size_t each;       /* bytes of one digest */
	uint32_t block;    /* bytes of a block; 0: all is one */
	uint64_t in_block; /* bytes of the present block so far */
	bool paramiko;     /* the reply begins with "check-file" */
	char name[DIGEST_NAME_MAX];
	size_t name_len;
	unsigned char *sums; /* owned */
	size_t len, room;
};

/*
 * Takes the first algorithm of a comma list that is known. Returns NULL where
 * there is none. digest_free ends it.
 */
struct digest *digest_new(const struct slice *names, uint32_t block,
    bool paramiko) must_check;
void digest_free(struct digest *digest);

/* Can the digests of so many bytes be told in one reply? */
bool digest_fits(const struct digest *digest, uint64_t bytes);

/* Returns false where there are more digests than a reply holds. */
bool digest_add(struct digest *digest, const unsigned char *bytes,
    size_t len) must_check;

/* No more bytes: the reply. False as above. */
bool digest_reply(struct digest *digest, struct out *out,
    uint32_t id) must_check;

#endif
