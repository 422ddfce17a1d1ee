/* Lines of an authorized_keys file, as far as they say what a key may do. */
#ifndef FILESONLY_CTL_KEY_LINES_H
#define FILESONLY_CTL_KEY_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"

struct key_line {
	int number;
	bool has_command;
	char command[4096]; /* without its quoting; "" where there is none */
	bool no_forwarding; /* neither ports nor agents nor X11 */
	bool no_user_rc;
};

/* Takes the next key's line off the text; *number counts lines. False: none. */
bool key_line_next(const char **text, int *number,
    struct key_line *line) must_check;

#endif
