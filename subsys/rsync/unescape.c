/* Takes backslashes away, a component at a time, as rsync's glob does. */
#include "subsys/rsync/unescape.h"

#include <string.h>

#include "request/words.h"

static size_t
unescape_end(const struct word *word, size_t from)
{
	while (from < word->len && word->text[from] != '/')
		from++;
	return from;
}

/* Removes one component's backslashes; returns its new end. */
static size_t
unescape_component(struct word *word, size_t from, size_t to)
{
	size_t at = from;

	for (size_t i = from; i < to; i++) {
		bool escaped = word->text[i] == '\\' && i + 1 < to;

		i += escaped;
		word->text[at] = word->text[i];
		word->quoted[at] = escaped;
		at++;
	}
	return at;
}

void
rsync_unescape(struct word *word)
{
	size_t from = 0;

	while (from < word->len) {
		size_t to = unescape_end(word, from), end;

		if (memchr(word->text + from, '*', to - from) != NULL ||
		    memchr(word->text + from, '?', to - from) != NULL ||
		    memchr(word->text + from, '[', to - from) != NULL) {
			end = unescape_component(word, from, to);
			memmove(word->text + end, word->text + to,
			    word->len - to + 1);
			memmove(word->quoted + end, word->quoted + to,
			    word->len - to);
			word->len -= to - end;
			to = end;
		}
		from = to + (to < word->len);
	}
}
