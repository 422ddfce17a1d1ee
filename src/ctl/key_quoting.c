/* What stands in single quotes means itself to a shell. Pure. */
#include "ctl/key_quoting.h"

#include <stdbool.h>
#include <string.h>

/* Bytes that no shell gives a meaning. */
static bool
is_plain(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_=+.,/:@%^";

	return word[0] != '\0' && strspn(word, plain) == strlen(word);
}

void
key_add_shell_word(struct buf *out, const char *word)
{
	if (is_plain(word)) {
		buf_add_text(out, word);
		return;
	}
	buf_add_text(out, "'");
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			buf_add_text(out, "'\\''");
		else
			buf_add(out, word, 1);
	}
	buf_add_text(out, "'");
}

void
key_add_option(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '"')
			buf_add_text(out, "\\");
		buf_add(out, value, 1);
	}
	buf_add_text(out, "\"");
}
