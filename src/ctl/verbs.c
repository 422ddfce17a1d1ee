/* Data only. */
#include "ctl/verbs.h"

#include <stddef.h>

const struct verb verbs[] = {
	{ "check", verb_check, "[--strict] [--json] [--config=FILE] [FILE]...",
	    "say all that is wrong in a configuration" },
	{ NULL, NULL, NULL, NULL },
};
