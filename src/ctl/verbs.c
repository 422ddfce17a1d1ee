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
	    "[OPTION]... [ROOT] <KEY",
	    "print the authorized_keys line that serves ROOT to a public key" },
	{ "doctor", verb_doctor,
	    "[--user=ACCOUNT] [--sshd=PROGRAM] [--sshd-config=FILE] [--json]",
	    "say what sshd leaves open for an account, and what mends it" },
	{ "import", verb_import,
	    "atmoz|rrsync|rssh|scponly|sshd [--passwd=FILE] [--root=home|/] "
	    "[--built-with=LIST] [--as-options] [--program=PATH] "
	    "[--part=PART] [--strict] [--json] FILE...",
	    "print as a configuration what another program's settings say" },
	{ "who", verb_who, "[--user=ACCOUNT] [--json]",
	    "say which sessions run, and what they do" },
	{ "kick", verb_kick, "[--json] ACCOUNT | SESSION",
	    "end the sessions of an account, or one" },
	{ "last", verb_last, "[--account=NAME] [--count=N] [--json] [LOG]...",
	    "say which sessions there were" },
	{ "events", verb_events,
	    "[--follow] [--since=CURSOR | --cursor-file=FILE] [--type=LIST] "
	    "[--account=NAME] [LOG] [--exec [--root=DIR] [--config=FILE] "
	    "-- COMMAND [ARG]...]",
	    "print each file that arrives or goes, or run a command for it" },
	{ "replay", verb_replay,
	    "[--account=NAME] [--config=FILE] [--json] LOG...",
	    "say which commands of a log would be refused now" },
	{ "report", verb_report,
	    "[--json | --html | --prometheus [--by-account]] [--days=N] "
	    "[--account=NAME] [LOG]...",
	    "say what each account moved on each day" },
	{ "stale", verb_stale,
	    "--days=N [--min-bytes=SIZE] [--account=NAME] [--json] [LOG]...",
	    "name the accounts to which nothing was written for days" },
	{ NULL, NULL, NULL, NULL },
};
