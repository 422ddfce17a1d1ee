/*
 * PROXY headers: an answer never needs fewer bytes than it says it used, and
 * bytes that follow don't change it.
 */
#include <string.h>

#include "base/xalloc.h"
#include "serve/address.c"
#include "serve/proxy.c"
#include "tests/fuzz/target.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct address address, again;
	size_t used = 0, more = 0;
	enum proxy_answer answer = proxy_parse(data, size, &address, &used);
	uint8_t *longer;

	if (answer != PROXY_ADDRESS && answer != PROXY_LOCAL)
		return 0;
	MUST(used > 0 && used <= size && used <= PROXY_MAX);
	MUST(proxy_parse(data, used, &again, &more) == answer);
	MUST(more == used);
	MUST(proxy_parse(data, used - 1, &again, &more) != answer);
	longer = xcalloc(1, used + 16);
	memcpy(longer, data, used);
	MUST(proxy_parse(longer, used + 16, &again, &more) == answer);
	MUST(more == used);
	if (answer == PROXY_ADDRESS)
		MUST(address_equals(&address, &again));
	free(longer);
	return 0;
}
