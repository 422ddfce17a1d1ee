/* Lines of a log: who and what comes out is text of the line, and nothing of
 * another process's. */
#include <string.h>

#include "ctl/replay_lines.c"
#include "tests/fuzz/target.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct replay_request request;
	struct replay_state state = { .next = 0 };
	char *text = xmemdup(data, size), *rest = text, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		enum replay_kind kind = replay_line(&state, line, &request);

		if (kind == REPLAY_NOTHING)
			continue;
		MUST(strlen(request.user) > 0);
		MUST(strchr(request.user, ' ') == NULL ||
		     strstr(line, "event=") != NULL);
		if (kind == REPLAY_REQUEST)
			MUST(strlen(request.command) < sizeof(request.command));
	}
	replay_state_free(&state);
	free(text);
	return 0;
}
