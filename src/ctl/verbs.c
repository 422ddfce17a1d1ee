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
	{ "authorize", verb_authorize,
	    "[--from=PATTERNS] [--expires=DATE] [--program=PATH] "
	    "[OPTION]... ROOT <KEY",
	    "print the authorized_keys line that serves ROOT to a public key" },
	{ "doctor", verb_doctor,
	    "[--user=ACCOUNT] [--sshd=PROGRAM] [--sshd-config=FILE] [--json]",
	    "say what is left open beside an account, and what mends it" },
	{ NULL, NULL, NULL, NULL },
};
