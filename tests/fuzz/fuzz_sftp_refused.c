/*
 * What a refused client sends: a byte that cuts the stream in two, then the
 * stream. Wherever it is cut, the same whole answers come of it, each the
 * version or the one line, and no more of them than are promised.
 */
#include <string.h>

#include "subsys/sftp/refused.h"
#include "tests/fuzz/target.h"

static const char line[] = "filesonly: the account is in use";

static uint32_t
u32(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

/* In memory of its own size, so that a read beyond is seen. */
static void
take(struct refused *refused, const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size == 0 ? 1 : size);

	MUST(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	refused_take(refused, copy, size);
	free(copy);
}

static unsigned
count_answers(const struct refused *refused)
{
	const unsigned char *at = refused->out.bytes + refused->out.from;
	size_t left = out_waiting(&refused->out);
	unsigned count = 0;

	for (; left > 0; count++) {
		size_t len;

		MUST(left >= REFUSED_HEAD);
		len = u32(at);
		MUST(len >= 5 && len <= left - 4);
		MUST(at[4] == PACKET_VERSION || at[4] == PACKET_STATUS);
		MUST(at[4] == PACKET_STATUS || len == 5);
		MUST(at[4] == PACKET_VERSION || u32(at + 9) == STATUS_FAILURE);
		MUST(at[4] == PACKET_VERSION || len == 9 ||
		     (len == 9 + 8 + strlen(line) &&
			 memcmp(at + 17, line, strlen(line)) == 0));
		MUST(count > 0 || at[4] == PACKET_VERSION);
		left -= 4 + len;
		at += 4 + len;
	}
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct refused whole, cut;
	size_t at;

	if (size == 0)
		return 0;
	refused_begin(&whole, line);
	refused_begin(&cut, line);
	at = data[0] % size;
	data++;
	size--;
	take(&whole, data, size);
	take(&cut, data, at);
	take(&cut, data + at, size - at);
	MUST(whole.ended == cut.ended);
	MUST(count_answers(&whole) == whole.answers);
	MUST(whole.answers <= REFUSED_ANSWERS);
	MUST(out_waiting(&whole.out) == out_waiting(&cut.out));
	MUST(memcmp(whole.out.bytes, cut.out.bytes, whole.out.len) == 0);
	refused_end(&whole);
	refused_end(&cut);
	return 0;
}
