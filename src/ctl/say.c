/* One line each; words are quoted, whatever bytes they hold. */
#include "ctl/say.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/quote.h"

static void
say_line(const char *text, const char *word)
{
	char room[2048];
	struct buf line;

	buf_init(&line, room, sizeof(room) - 1);
	buf_addf(&line, "filesonlyctl: %s", text);
	if (word != NULL)
		quote_add(&line, word, strlen(word), 512);
	fprintf(stderr, "%s\n", buf_text(&line));
}

int
say_usage(const char *text, const char *word)
{
	say_line(text, word);
	return CTL_USAGE;
}

int
say_failure(const char *text, const char *word)
{
	say_line(text, word);
	return CTL_FINDING;
}

int
say_unreadable(const char *file)
{
	char text[256];

	snprintf(text, sizeof(text), "can't be read (%s): ", strerror(errno));
	return say_failure(text, file);
}
