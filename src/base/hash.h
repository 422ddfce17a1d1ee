/*
 * Message digests by the names that clients use for them. A thin cover of
 * libnettle, whose code for these alone is linked into the program: no
 * library more to load when a session starts.
 */
#ifndef FILESONLY_BASE_HASH_H
#define FILESONLY_BASE_HASH_H

#include <stddef.h>

#include "base/auto.h"

enum {
	HASH_BYTES_MAX = 64,    /* of a digest */
	HASH_CONTEXT_MAX = 256, /* of the state in between */
};

struct nettle_hash;

/* One kind; the table is in hash.c. */
struct hash_kind {
	const char *name; /* "sha256"; NULL behind the last row */
	const struct nettle_hash *nettle;
};

extern const struct hash_kind hash_kinds[];

/*
 * The kind of this name (len bytes, any case, with or without the dash of
 * "SHA-256"), or NULL.
 */
const struct hash_kind *hash_find(const char *name, size_t len);

/* The length of its digest. */
size_t hash_bytes(const struct hash_kind *kind);

/* A digest that is being made; plain memory, nothing to free. */
struct hash {
	const struct hash_kind *kind;
	union {
		unsigned char bytes[HASH_CONTEXT_MAX];
		max_align_t align;
	} context;
};

void hash_start(struct hash *hash, const struct hash_kind *kind);
void hash_add(struct hash *hash, const void *bytes, size_t len);

/* Writes hash_bytes() bytes and starts anew. */
void hash_end(struct hash *hash, unsigned char out[HASH_BYTES_MAX]);

/* A SHA-256, which names files and stands in the record, and its digits. */
enum { HASH_SHA256_BYTES = 32, HASH_SHA256_TEXT = 2 * HASH_SHA256_BYTES + 1 };
void hash_sha256_start(struct hash *hash);
void hash_sha256_text(const unsigned char digest[HASH_SHA256_BYTES],
    char out[HASH_SHA256_TEXT]);

#endif
