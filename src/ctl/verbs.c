/* Data only. */
#include "ctl/verbs.h"

#include <stddef.h>

const struct verb verbs[] = {
	{ "check", verb_check, "[--strict] [--json] [--config=FILE] [FILE]...",
	    "say all that is wrong in a configuration" },
	{ "explain", verb_explain,
	    "[--user=ACCOUNT] [--profile=NAME] [--config=FILE] [--json] "
	    "COMMAND | [--user=ACCOUNT] [--json] -- [OPTION]... ROOT COMMAND",
	    "say what would happen to a command, and why" },
	{ NULL, NULL, NULL, NULL },
};
