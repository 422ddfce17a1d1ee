/* The table of digests; libnettle computes. */
#include "base/hash.h"

#include <ctype.h>
#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdio.h>

// clang-format off
const struct hash_kind hash_kinds[] = {
	{ "md5",    &nettle_md5 },
	{ "sha1",   &nettle_sha1 },
	{ "sha224", &nettle_sha224 },
	{ "sha256", &nettle_sha256 },
	{ "sha384", &nettle_sha384 },
	{ "sha512", &nettle_sha512 },
	{ NULL, NULL },
};
// clang-format on

_Static_assert(sizeof(struct md5_ctx) <= HASH_CONTEXT_MAX &&
		   sizeof(struct sha1_ctx) <= HASH_CONTEXT_MAX &&
		   sizeof(struct sha256_ctx) <= HASH_CONTEXT_MAX &&
		   sizeof(struct sha512_ctx) <= HASH_CONTEXT_MAX,
    "a context that is too large");
_Static_assert(SHA512_DIGEST_SIZE <= HASH_BYTES_MAX,
    "a digest that is too large");

static bool
is_name(const char *known, const char *name, size_t len)
{
	for (; len > 0; name++, len--) {
		if (*name == '-')
			continue;
		/* A NUL in a peer's name must not match the end. */
		if (*known == '\0' || tolower((unsigned char)*name) != *known)
			return false;
		known++;
	}
	return *known == '\0';
}

const struct hash_kind *
hash_find(const char *name, size_t len)
{
	for (const struct hash_kind *kind = hash_kinds; kind->name != NULL;
	     kind++) {
		if (is_name(kind->name, name, len))
			return kind;
	}
	return NULL;
}

size_t
hash_bytes(const struct hash_kind *kind)
{
	return kind->nettle->digest_size;
}

void
hash_start(struct hash *hash, const struct hash_kind *kind)
{
	hash->kind = kind;
	kind->nettle->init(hash->context.bytes);
}

void
hash_add(struct hash *hash, const void *bytes, size_t len)
{
	hash->kind->nettle->update(hash->context.bytes, len, bytes);
}

void
hash_end(struct hash *hash, unsigned char out[HASH_BYTES_MAX])
{
	const struct nettle_hash *nettle = hash->kind->nettle;

	nettle->digest(hash->context.bytes, nettle->digest_size, out);
}

void
hash_sha256_start(struct hash *hash)
{
	hash_start(hash, hash_find("sha256", 6));
}

void
hash_sha256_text(const unsigned char digest[HASH_SHA256_BYTES],
    char out[HASH_SHA256_TEXT])
{
	for (size_t i = 0; i < HASH_SHA256_BYTES; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
