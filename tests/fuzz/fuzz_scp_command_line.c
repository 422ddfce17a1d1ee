/*
 * scp's command line: what is parsed has paths and one way to go, the paths'
 * bytes are the client's, and the same words give the same answer again.
 */
#include <string.h>

#include "base/xalloc.h"
#include "policy/policy.h"
#include "request/request.h"
#include "subsys/scp/command_line.h"
#include "tests/fuzz/target.h"

/* Every byte that a path may hold came in; joined ones are no longer. */
static void
look_at_words(const struct words *words, const char *raw, size_t max)
{
	for (size_t i = 0; i < words->count; i++) {
		const struct word *word = &words->at[i];

		MUST(word->len <= max && word->text[word->len] == '\0');
		for (size_t at = 0; at < word->len; at++) {
			MUST(strchr(raw, word->text[at]) != NULL);
			MUST(word->quoted[at] <= 1);
		}
	}
}

static bool
are_alike(const struct words *a, const struct words *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (a->at[i].len != b->at[i].len ||
		    memcmp(a->at[i].text, b->at[i].text, a->at[i].len) != 0)
			return false;
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *raw = xmemdup((const char *)data, size);
	struct scp_args args, again;
	struct verdict verdict;
	struct request request;
	enum refusal refusal;

	request_parse(&request, raw);
	if (request.refusal == REFUSE_NOTHING && request.words.count > 0) {
		refusal = scp_args_parse(&args, &request, &verdict);
		MUST(refusal == REFUSE_NOTHING || args.paths.count == 0);
		MUST(refusal != REFUSE_NOTHING || args.paths.count > 0);
		MUST(args.joined.count <= 1);
		MUST(args.joined.count == 0 || request.words.count > 3);
		look_at_words(&args.paths, raw, request.raw_len);
		look_at_words(&args.joined, raw, request.raw_len);
		MUST(scp_args_parse(&again, &request, &verdict) == refusal);
		MUST(are_alike(&args.paths, &again.paths));
		MUST(are_alike(&args.joined, &again.joined));
		scp_args_free(&again);
		scp_args_free(&args);
	}
	request_free(&request);
	free(raw);
	return 0;
}
