/* Hashes block by block and collects the digests for the reply. */
#include "subsys/sftp/digest.h"

#include <string.h>

#include "base/xalloc.h"
#include "subsys/sftp/decode.h"
#include "subsys/sftp/out.h"

struct digest *
digest_new(const struct slice *names, uint32_t block, bool paramiko)
{
	const char *at = (const char *)names->at;
	size_t left = names->len;
	struct digest *digest;

	for (;;) {
		const char *comma = memchr(at, ',', left);
		size_t len = comma == NULL ? left : (size_t)(comma - at);
		const struct hash_kind *kind = hash_find(at, len);

		if (kind != NULL && len <= DIGEST_NAME_MAX) {
			digest = xcalloc(1, sizeof(*digest));
			digest->each = hash_bytes(kind);
			digest->block = block;
			digest->paramiko = paramiko;
			memcpy(digest->name, at, len);
			digest->name_len = len;
			hash_start(&digest->hash, kind);
			return digest;
		}
		if (comma == NULL)
			return NULL;
		at += len + 1;
		left -= len + 1;
	}
}

void
digest_free(struct digest *digest)
{
	if (digest == NULL)
		return;
	free(digest->sums);
	free(digest);
}

bool
digest_fits(const struct digest *digest, uint64_t bytes)
{
	return digest->block == 0 ||
	       bytes / digest->block < SUMS_MAX / digest->each;
}

/* Ends the present block and keeps its digest. */
static bool
end_block(struct digest *digest)
{
	unsigned char sum[HASH_BYTES_MAX];

	if (digest->len + digest->each > SUMS_MAX)
		return false;
	if (digest->len + digest->each > digest->room) {
		digest->room =
		    digest->room == 0 ? HASH_BYTES_MAX : digest->room * 4;
		digest->sums = xrealloc(digest->sums, digest->room, 1);
	}
	hash_end(&digest->hash, sum);
	memcpy(digest->sums + digest->len, sum, digest->each);
	digest->len += digest->each;
	digest->in_block = 0;
	return true;
}

bool
digest_add(struct digest *digest, const unsigned char *bytes, size_t len)
{
	while (len > 0) {
		size_t part = len;

		if (digest->block > 0 &&
		    part > digest->block - digest->in_block)
			part = (size_t)(digest->block - digest->in_block);
		hash_add(&digest->hash, bytes, part);
		digest->in_block += part;
		bytes += part;
		len -= part;
		if (digest->in_block == digest->block && !end_block(digest))
			return false;
	}
	return true;
}

bool
digest_reply(struct digest *digest, struct out *out, uint32_t id)
{
	struct buf packet;

	/* A last short block counts; so does an empty file. */
	if ((digest->in_block > 0 || digest->len == 0) && !end_block(digest))
		return false;
	packet = out_begin(out, PACKET_EXTENDED_REPLY, id, 64 + digest->len);
	if (digest->paramiko)
		buf_add_string(&packet, "check-file", 10);
	buf_add_string(&packet, digest->name, digest->name_len);
	buf_add(&packet, digest->sums, digest->len);
	out_end(out, &packet);
	return true;
}
