/* Each refusal's word for the record, exit status and sentence: a table. */
#include "request/refusal.h"

#include <stdio.h>
#include <string.h>

#include "base/quote.h"

struct row {
	const char *word;
	int status;
	const char *text;
};

// clang-format off
static const struct row rows[REFUSE_COUNT] = {
	[REFUSE_NOTHING]       = { "allowed", 0, "allowed" },
	[REFUSE_SHELL]         = { "shell", 1,
	    "this account transfers files only; there is no shell" },
	[REFUSE_COMMAND]       = { "command", 1,
	    "this account transfers files only; the command was refused" },
	[REFUSE_TERMINAL]      = { "terminal", 1,
	    "file transfers need a connection without a terminal (no ssh -t)" },
	[REFUSE_TOO_LONG]      = { "too-long", 1,
	    "the command is too long" },
	[REFUSE_QUOTES]        = { "quotes", 1,
	    "the command has an unclosed quote or ends in a backslash" },
	[REFUSE_METACHARACTER] = { "metacharacter", 1,
	    "there is no shell here: outside quotes, these characters are "
	    "refused: ; & | < > ( ) $ `" },
	[REFUSE_SERVICE]       = { "service", 1,
	    "this service is not part of the account" },
	[REFUSE_SYNTAX]        = { "syntax", 1,
	    "the command line is not one that a client sends" },
	[REFUSE_OPTION]        = { "option", 1,
	    "this option is refused" },
	[REFUSE_MODE]          = { "mode", 1,
	    "the account does not allow this" },
	[REFUSE_PATH]          = { "path", 1,
	    "this path can't be served" },
	[REFUSE_INCOMPLETE]    = { "incomplete", 1,
	    "the arguments that were to follow did not arrive" },
	[REFUSE_EXACT]         = { "exact", 1,
	    "this key is for one transfer only, and this is another one" },
	[REFUSE_DISABLED]      = { "disabled", 1,
	    "this login is disabled" },
	[REFUSE_EXPIRED]       = { "expired", 1,
	    "this login has expired" },
	[REFUSE_BUSY]          = { "busy", 1,
	    "the account is in use" },
	[REFUSE_UNAVAILABLE]   = { "unavailable", 1,
	    "the account's files are unavailable at the moment; try again "
	    "later" },
	[REFUSE_RECORD]        = { "record", 1,
	    "what this session does can't be recorded" },
	[REFUSE_MISCONFIGURED] = { "misconfigured", 78,
	    "this account is misconfigured; its administrator finds the "
	    "reason in the log" },
	[REFUSE_CONFINEMENT]   = { "confinement", 126,
	    "the server's kernel lacks the means to confine this service" },
};
// clang-format on

enum refusal
verdict_set(struct verdict *verdict, enum refusal refusal, const char *because,
    const char *what, size_t len)
{
	struct buf escaped;

	verdict->refusal = refusal;
	verdict->because = because;
	buf_init(&escaped, verdict->what, sizeof(verdict->what) - 1);
	if (what != NULL)
		quote_add(&escaped, what, len, 200);
	buf_text(&escaped);
	return refusal;
}

void
refusal_describe(const struct verdict *verdict, struct buf *out)
{
	buf_add_text(out, rows[verdict->refusal].text);
	if (verdict->what[0] != '\0')
		buf_addf(out, ": %s", verdict->what);
	if (verdict->because != NULL)
		buf_addf(out, ": %s", verdict->because);
}

const char *
refusal_word(enum refusal refusal)
{
	return rows[refusal].word;
}

int
refusal_status(enum refusal refusal)
{
	return rows[refusal].status;
}
